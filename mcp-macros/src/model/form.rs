//! What `#[derive(Elicit)]` stands on: a form with fields, or words to choose from.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Fields, Generics, Ident, Item, LitStr, Token, Type};

use super::case::Case;
use super::constraint::Constraint;
use super::default::Preset;
use super::media::one_of;
use super::serde_names;
use crate::attr::options::Options;
use crate::attr::{Place, docs};
use crate::errors::Errors;
use crate::runtime::Runtime;

/// A struct or an enum, understood.
pub(crate) struct Derived {
    pub(crate) ident: Ident,
    pub(crate) generics: Generics,
    /// `None` if it can't be found, which has been told.
    pub(crate) runtime: Option<Runtime>,
    pub(crate) shape: Shape,
}

pub(crate) enum Shape {
    /// A struct.
    Form(Vec<Field>),
    /// An enum.
    Words(Words),
}

/// A field of a form.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    /// The name on the wire.
    pub(crate) wire: LitStr,
    pub(crate) title: Option<LitStr>,
    pub(crate) docs: Option<TokenStream>,
    pub(crate) default: Option<Preset>,
    pub(crate) format: Option<(Span, LitStr)>,
    /// `choices("a", "b")`
    pub(crate) choices: Option<(Span, Vec<LitStr>)>,
    /// `range(…)`, `length(…)`, `items(…)`
    pub(crate) constraints: Vec<Constraint>,
}

/// The variants of an enum.
pub(crate) struct Words {
    pub(crate) words: Vec<Word>,
    pub(crate) legacy_titles: bool,
}

/// One variant.
pub(crate) struct Word {
    pub(crate) ident: Ident,
    /// The value on the wire.
    pub(crate) wire: LitStr,
    pub(crate) title: Option<LitStr>,
    pub(crate) docs: Option<TokenStream>,
}

impl Derived {
    /// Understands what can be understood; what can't is noted in `errors`.
    pub(crate) fn read(item: Item, errors: &Errors) -> Option<Self> {
        let (ident, generics, runtime, shape) = match item {
            Item::Struct(item) => {
                let options = options(Place::Form, &item.attrs, errors);
                let fields = fields(case(&options, &item.attrs), &item.fields, errors);
                (item.ident, item.generics, runtime(&options), Shape::Form(fields))
            }
            Item::Enum(item) => {
                let options = options(Place::Words, &item.attrs, errors);
                if item.variants.is_empty() {
                    errors.on(&item.ident, "there is nothing to choose from: give it a variant");
                }
                let case = case(&options, &item.attrs);
                let words = item.variants.iter().map(|variant| Word::read(case, variant, errors)).collect();
                let legacy_titles = options.flag("legacy_titles").is_some_and(|flag| flag.on);
                (item.ident, item.generics, runtime(&options), Shape::Words(Words { words, legacy_titles }))
            }
            Item::Union(item) => {
                errors.on(item.union_token, "a form has all of its fields at once: make it a `struct`");
                let options = Options::read(Place::Form, TokenStream::new(), errors);
                (item.ident, item.generics, runtime(&options), Shape::Form(Vec::new()))
            }
            other => {
                errors.on(other, "`Elicit` is for structs and enums");
                return None;
            }
        };
        Some(Self { ident, generics, runtime, shape })
    }
}

fn runtime(options: &Options<'_>) -> Option<Runtime> {
    Runtime::read(options, "#[elicit(crate = \"my_crate::mcp\")]")
}

fn options<'e>(place: Place, attrs: &[Attribute], errors: &'e Errors) -> Options<'e> {
    Options::of(place, attrs.iter().filter(|attr| attr.path().is_ident("elicit")), errors)
}

/// How names are written: as the form says, or as serde does.
fn case(options: &Options<'_>, attrs: &[Attribute]) -> Option<Case> {
    Case::read(options).or_else(|| Case::of(&serde_names::text(attrs, "rename_all")?.value()))
}

fn fields(case: Option<Case>, fields: &Fields, errors: &Errors) -> Vec<Field> {
    if let Fields::Unnamed(unnamed) = fields {
        errors.on(unnamed, "the fields of a form have names: write `{ name: String }`");
    }
    let named = fields.iter().filter_map(|field| Some((field, field.ident.as_ref()?)));
    named.map(|(field, ident)| Field::read(case, field, ident, errors)).collect()
}

impl Field {
    fn read(case: Option<Case>, field: &syn::Field, ident: &Ident, errors: &Errors) -> Self {
        let options = options(Place::Field, &field.attrs, errors);
        let range = Constraint::range(&options);
        let lengths = ["length", "items"].map(|name| Constraint::length(&options, name));
        let format = one_of(options.text("format"), &["email", "uri", "date", "date-time"], errors);
        Self {
            ident: ident.clone(),
            ty: field.ty.clone(),
            wire: wire(&options, &field.attrs, case, ident, "a field"),
            title: options.text("title"),
            docs: docs::read(&field.attrs),
            default: Preset::read(&options),
            format: options.word("format").zip(format),
            choices: options.list("choices").map(|(word, list)| (word, texts(list, errors))),
            constraints: lengths.into_iter().chain([range]).flatten().collect(),
        }
    }
}

impl Word {
    fn read(case: Option<Case>, variant: &syn::Variant, errors: &Errors) -> Self {
        let options = options(Place::Word, &variant.attrs, errors);
        if !matches!(variant.fields, Fields::Unit) {
            let (ident, fields) = (&variant.ident, &variant.fields);
            errors.on(
                quote!(#ident #fields),
                format!("a choice is a word alone: drop what `{ident}` holds, and ask for that in a field of the form"),
            );
        }
        Self {
            ident: variant.ident.clone(),
            wire: wire(&options, &variant.attrs, case, &variant.ident, "a choice"),
            title: options.text("title"),
            docs: docs::read(&variant.attrs),
        }
    }
}

/// What it is called on the wire.
fn wire(options: &Options<'_>, attrs: &[Attribute], case: Option<Case>, ident: &Ident, what: &str) -> LitStr {
    let Some(name) = options.text("rename").or_else(|| serde_names::text(attrs, "rename")) else {
        return Case::name(case, ident);
    };
    if name.value().is_empty() {
        options.errors.on(&name, format!("the name of {what} can't be empty"));
    }
    name
}

/// `"a", "b"`
fn texts(list: TokenStream, errors: &Errors) -> Vec<LitStr> {
    let texts = Punctuated::<LitStr, Token![,]>::parse_terminated.parse2(list);
    let texts = texts
        .map_err(|error| syn::Error::new(error.span(), "`choices` takes texts: write `choices(\"small\", \"large\")`"));
    errors.ok(texts).into_iter().flatten().collect()
}
