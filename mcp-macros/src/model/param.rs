//! One parameter: an argument from the call, or something injected.

use proc_macro2::TokenStream;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, FnArg, Ident, LitStr, Meta, Pat, PatType, Type};

use super::constraint::Constraint;
use super::default::Preset;
use super::owner::Owner;
use super::receiver::Receiver;
use super::types::{Shape, Sort, inner, named, shared, spell};
use super::{Kind, types};
use crate::attr::options::{Flag, Options};
use crate::attr::suggest::did_you_mean;
use crate::attr::{Place, docs};
use crate::errors::Errors;

pub(crate) struct Param {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) role: Role,
}

pub(crate) enum Role {
    /// `Ctx`, `&Ctx`, `Progress`, `Principal`: had from the call's context.
    Context,
    /// `State<T>`, with its `T`: looked up once, at start.
    State(Box<Type>),
    /// `&self`, with its type: state, too.
    Receiver(Box<Type>, Receiver),
    /// `#[inject]`
    FromCall,
    Argument(Box<Argument>),
    /// `#[arg(flatten)]`: the whole arguments object.
    Flat,
}

pub(crate) struct Argument {
    /// The name on the wire.
    pub(crate) wire: LitStr,
    pub(crate) docs: Option<TokenStream>,
    pub(crate) shape: Shape,
    pub(crate) default: Option<Preset>,
    pub(crate) example: Option<Expr>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) header: Option<LitStr>,
    pub(crate) complete: Option<Completer>,
    pub(crate) raw: bool,
    /// Whether its value is shown to nobody.
    pub(crate) sensitive: bool,
}

/// The function that completes an argument.
pub(crate) struct Completer {
    pub(crate) function: Expr,
    /// Whether it needs a thread of its own.
    pub(crate) blocking: bool,
}

impl Param {
    pub(crate) fn argument(&self) -> Option<&Argument> {
        match &self.role {
            Role::Argument(argument) => Some(argument),
            _ => None,
        }
    }

    /// Whether a client may leave it out, as far as its default and the name of its type tell.
    pub(crate) fn may_be_left_out(&self) -> Option<bool> {
        let has_default = self.argument().is_some_and(|argument| argument.default.is_some());
        match Sort::of(&self.ty) {
            _ if has_default => Some(true),
            Some(sort) => Some(sort == Sort::Option),
            None => None,
        }
    }

    pub(crate) fn read(
        kind: Kind,
        input: &FnArg,
        attrs: &[Attribute],
        owner: Option<&Owner>,
        errors: &Errors,
    ) -> Option<Self> {
        let PatType { pat, ty, .. } = match input {
            FnArg::Typed(typed) => typed,
            FnArg::Receiver(receiver) => return Receiver::read(receiver, attrs, owner?, errors),
        };
        let marks = Marks::read(attrs, errors);
        let ident = name(pat, ty, errors)?;
        let role = marks.role(kind, &ident, ty, attrs, errors)?;
        Some(Self { ident, ty: (**ty).clone(), role })
    }
}

/// The name of the parameter, which becomes the name of the argument.
fn name(pat: &Pat, ty: &Type, errors: &Errors) -> Option<Ident> {
    match pat {
        Pat::Ident(name) if name.by_ref.is_none() && name.subpat.is_none() => Some(name.ident.clone()),
        Pat::Wild(_) => {
            errors.on(pat, "a parameter needs a name: write `_unused`, or leave it out");
            None
        }
        _ => {
            errors.on(pat, untaken(ty));
            None
        }
    }
}

/// What to write instead of a pattern.
fn untaken(ty: &Type) -> String {
    let spelled = spell(ty);
    if inner(ty, "State").is_some() {
        return format!("`State` derefs to its value, and is not taken apart: write `state: {spelled}`");
    }
    let target = shared(ty).unwrap_or(ty);
    if let Some(name) = INJECTED.into_iter().find(|name| named(target, name)) {
        return format!("`{name}` is not taken apart: write `{}: {spelled}`", name.to_lowercase());
    }
    let plain = types::last(target).map(|last| snake(&last.ident)).unwrap_or_else(|| "value".to_owned());
    format!(
        "a parameter needs a plain name, which is the argument's name too: write `{plain}: {spelled}` and take it apart in \
         the body"
    )
}

/// `two_words` of `TwoWords`.
fn snake(ident: &Ident) -> String {
    let mut snake = String::new();
    for c in ident.unraw().to_string().chars() {
        if c.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

/// The attributes on one parameter, sorted.
#[derive(Default)]
struct Marks<'a> {
    args: Vec<&'a Attribute>,
    inject: Option<&'a Attribute>,
}

impl<'a> Marks<'a> {
    fn read(attrs: &'a [Attribute], errors: &Errors) -> Self {
        let mut marks = Self::default();
        for attr in attrs {
            let path = attr.path();
            let name = path.segments.last().map(|last| last.ident.to_string()).unwrap_or_default();
            match name.as_str() {
                "doc" => {}
                "arg" => marks.args.push(attr),
                "inject" => {
                    if !matches!(attr.meta, Meta::Path(_)) {
                        errors.on(&attr.meta, "`#[inject]` has no options: write it bare");
                    }
                    marks.inject = Some(attr);
                }
                "cfg" | "cfg_attr" => errors.on(
                    &attr.meta,
                    format!(
                        "`#[{name}]` on a parameter would make two interfaces out of one: put \
                         `#[cfg(…)]` on the function and write it twice"
                    ),
                ),
                _ => {
                    let hint = did_you_mean(&name, ["arg", "inject"])
                        .unwrap_or_else(|| "; here may stand `#[arg(…)]`, `#[inject]` and doc comments".to_owned());
                    errors.on(path, format!("unknown attribute `{name}` on a parameter{hint}"));
                }
            }
        }
        marks
    }

    fn role(&self, kind: Kind, ident: &Ident, ty: &Type, attrs: &[Attribute], errors: &Errors) -> Option<Role> {
        if let (Some(inject), [arg, ..]) = (self.inject, &self.args[..]) {
            let place = |mark: &Attribute| attrs.iter().position(|attr| std::ptr::eq(attr, mark));
            let second = if place(inject) > place(arg) { inject } else { arg };
            errors.on(
                &second.meta,
                format!(
                    "`{ident}` is marked both `#[arg]` and `#[inject]`: keep `#[arg]` if the \
                     client sends it, `#[inject]` if it comes from the server"
                ),
            );
            return None;
        }
        if self.inject.is_some() {
            if shared(ty).is_some() || types::mentions(ty, "&") {
                errors.on(ty, "an injected value is handed over: take it without `&`");
                return None;
            }
            return Some(Role::FromCall);
        }
        if self.args.is_empty()
            && let Some(role) = injected(ty, errors)
        {
            return Some(role);
        }
        // Without `&` it may be a type of the user's own, which has the same name.
        if let (Some(arg), Some(target)) = (self.args.first(), shared(ty))
            && named(target, "Ctx")
        {
            errors
                .on(&arg.meta, format!("`{ident}` comes from the server, and not from the client: drop the `#[arg]`"));
            return None;
        }
        self.argument(kind, ident, ty, attrs, errors)
    }

    fn argument(&self, kind: Kind, ident: &Ident, ty: &Type, attrs: &[Attribute], errors: &Errors) -> Option<Role> {
        let options = Options::of(kind.arg_place(), self.args.iter().copied(), errors);
        if kind == Kind::Tool && options.flag("flatten").is_some_and(|flag| flag.on) {
            options.must_be_alone("flatten");
            return refused(ty, errors).then_some(Role::Flat);
        }

        let in_place = |place: Place| kind.arg_place() == place;
        let raw = in_place(Place::ResourceArg) && options.flag("raw").is_some_and(|Flag { on, .. }| on);
        let wire = options.text("rename");
        if let Some(wire) = &wire
            && wire.value().is_empty()
        {
            errors.on(wire, "the name of an argument can't be empty: drop `rename`, and it has the parameter's");
        }
        let argument = Argument {
            wire: wire.unwrap_or_else(|| super::unraw(ident)),
            docs: docs::read(attrs),
            shape: Shape::of(ty),
            default: Preset::read(&options),
            example: options.expr("example"),
            constraints: Constraint::read_all(&options),
            header: if in_place(Place::ToolArg) { options.text("header") } else { None },
            complete: if in_place(Place::ToolArg) { None } else { Completer::read(&options, errors) },
            raw,
            sensitive: options.flag("sensitive").is_some_and(|flag| flag.on),
        };
        refused(ty, errors).then(|| Role::Argument(Box::new(argument)))
    }
}

impl Completer {
    fn read(options: &Options<'_>, errors: &Errors) -> Option<Self> {
        let (function, blocking) = (options.expr("complete"), options.flag("blocking"));
        if let (None, Some(flag)) = (&function, &blocking) {
            errors.at(flag.word, "`blocking` is about the function that completes: add `complete = suggest`");
        }
        Some(Self { function: function?, blocking: blocking.is_some_and(|flag| flag.on) })
    }
}

/// What is had from the call's context, by the name of its type.
const INJECTED: [&str; 3] = ["Ctx", "Progress", "Principal"];

/// What is injected by the name of its type alone.
fn injected(ty: &Type, errors: &Errors) -> Option<Role> {
    if let Some(state) = inner(ty, "State") {
        return Some(Role::State(Box::new(state.clone())));
    }
    let target = shared(ty).unwrap_or(ty);
    let name = INJECTED.into_iter().find(|name| named(target, name));
    let by_reference = shared(ty).is_some();
    match name {
        Some("Ctx") => Some(Role::Context),
        Some(_) if !by_reference => Some(Role::Context),
        None if !(by_reference && inner(target, "State").is_some()) => None,
        _ => {
            errors.on(ty, format!("an injected value is handed over: write `{}`", spell(target)));
            Some(Role::Context)
        }
    }
}

/// Notes a type that no argument can have; `false` if it did.
fn refused(ty: &Type, errors: &Errors) -> bool {
    let cure = if types::mentions(ty, "impl") {
        "an argument needs one type: name it instead of `impl …`".to_owned()
    } else if Shape::of(ty) != Shape::Owned || !types::mentions(ty, "&") {
        return true;
    } else {
        owned_instead(ty)
    };
    errors.on(ty, cure);
    false
}

fn owned_instead(ty: &Type) -> String {
    let target = match types::peel(ty) {
        Type::Reference(reference) => types::peel(&reference.elem),
        other => {
            let owned = owned_inside(&spell(other));
            return format!("only `&str`, `Option<&str>` and `Vec<&str>` can be borrowed from a call: write `{owned}`");
        }
    };
    let owned = match target {
        Type::Slice(slice) => format!("Vec<{}>", spell(&slice.elem)),
        text if named(text, "str") || named(text, "String") => "&str` or `String".to_owned(),
        // It may be meant as a state: `db: &Db`.
        own if types::shared(ty).is_some() && is_own(own) => {
            let owned = spell(own);
            return format!(
                "a parameter can't be borrowed like this: write `State<{owned}>` if the server has it as a state, or \
                 `{owned}` if it is an argument"
            );
        }
        other => {
            let spelled = spell(other);
            owned_of(&spelled).unwrap_or(spelled)
        }
    };
    format!("an argument can't be borrowed like this: write `{owned}`")
}

/// Types that are there only behind a reference, and what owns such a value.
const UNSIZED: [(&str, &str); 2] = [("str", "String"), ("Path", "PathBuf")];

/// What owns such a value, as the type is spelled: `std::path::PathBuf` for `std::path::Path`.
fn owned_of(spelled: &str) -> Option<String> {
    UNSIZED.into_iter().find_map(|(borrowed, owned)| {
        let module = spelled.strip_suffix(borrowed)?;
        (module.is_empty() || module.ends_with("::")).then(|| format!("{module}{owned}"))
    })
}

/// A type that has references in it, without them.
fn owned_inside(spelled: &str) -> String {
    // A slice, a tuple, a lifetime: no words for all that may be meant.
    if spelled.contains(['[', '(', '\'']) || spelled.contains("&mut ") {
        return "Vec<T>".to_owned();
    }
    let mut parts = spelled.split('&');
    let mut owned = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (target, rest) = part.split_at(part.find([',', '<', '>']).unwrap_or(part.len()));
        owned += owned_of(target).as_deref().unwrap_or(target);
        owned += rest;
    }
    owned
}

/// Whether a type is likely one of the program: not a primitive or a collection.
fn is_own(ty: &Type) -> bool {
    const STANDARD: [&str; 9] =
        ["Vec", "Option", "Box", "HashMap", "BTreeMap", "HashSet", "BTreeSet", "Path", "PathBuf"];
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| {
        let name = last.ident.to_string();
        name.starts_with(char::is_uppercase) && !STANDARD.contains(&name.as_str())
    })
}
