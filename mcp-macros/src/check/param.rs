//! What parameters may say of themselves, and beside each other.

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Expr, Ident, Type};

use crate::errors::Errors;
use crate::model::constraint::{Constraint, Number};
use crate::model::literal::{Literal, quoted};
use crate::model::param::{Argument, Param, Role};
use crate::model::types::{self, Sort, spell};

pub(super) fn check(params: &[Param], errors: &Errors) {
    flat_is_alone(params, errors);
    for (place, param) in params.iter().enumerate() {
        let Some(argument) = param.argument() else { continue };
        let before = || params[..place].iter().filter_map(Param::argument);
        name(argument, errors);
        unique_name(argument, before(), errors);
        header(argument, before(), errors);
        constraints(param, argument, errors);
        literals(param, argument, errors);
    }
}

fn flat_is_alone(params: &[Param], errors: &Errors) {
    let mut flat = params.iter().filter(|param| matches!(param.role, Role::Flat));
    let Some(first) = flat.next() else { return };
    for other in flat.chain(params.iter().filter(|param| param.argument().is_some())) {
        errors.at(
            other.ident.span(),
            format!(
                "`{}` is flattened and takes all arguments: make `{}` a field of its type",
                first.ident, other.ident
            ),
        );
    }
}

/// The APIs of models take no other names, and refuse the whole request.
fn name(argument: &Argument, errors: &Errors) {
    let name = argument.wire.value();
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    // That it is empty was told where it was read.
    if name.len() <= 64 && name.bytes().all(known) {
        return;
    }
    errors.on(
        &argument.wire,
        format!("models' APIs refuse an argument named `{name}`: write `#[arg(rename = \"…\")]` with at most 64 of `A-Z a-z 0-9 _ . -`"),
    );
}

fn unique_name<'a>(argument: &Argument, mut before: impl Iterator<Item = &'a Argument>, errors: &Errors) {
    let name = argument.wire.value();
    if before.any(|other| other.wire.value() == name) {
        errors.on(&argument.wire, format!("another argument is named `{name}` already: choose a different name"));
    }
}

/// A header's name is a token of HTTP, and upper case is lower case to it.
fn header<'a>(argument: &Argument, mut before: impl Iterator<Item = &'a Argument>, errors: &Errors) {
    let Some(header) = &argument.header else { return };
    let name = header.value();
    let legal = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if name.is_empty() || !name.chars().all(legal) {
        errors.on(header, "a header's name has letters, digits and `-`: write `header = \"Region\"`");
    }
    let same = |other: &Argument| other.header.as_ref().is_some_and(|other| other.value().eq_ignore_ascii_case(&name));
    if before.any(same) {
        errors.on(header, format!("another argument is in the header `{name}` already: choose a different name"));
    }
}

/// Constraints on types whose name tells that they can't have them. Others the runtime's traits
/// tell.
fn constraints(param: &Param, argument: &Argument, errors: &Errors) {
    let Some(sort) = Sort::of(types::within_options(&param.ty)) else {
        return;
    };
    for constraint in &argument.constraints {
        let (fits, wish) = match constraint {
            Constraint::Range { .. } => (matches!(sort, Sort::Int | Sort::Float), "numbers"),
            Constraint::Length { .. } => (matches!(sort, Sort::Text | Sort::List), "texts and lists"),
            Constraint::Pattern { .. } => (sort == Sort::Text, "texts"),
        };
        let instead = match sort {
            Sort::Int | Sort::Float => ": write `range(1..=10)`",
            // Most likely meant for each item.
            Sort::List if matches!(constraint, Constraint::Pattern { .. }) => {
                ": items of a list are constrained by a type of their own, such as \
                 `#[derive(serde::Deserialize, schemars::JsonSchema)] \
                 struct Item(#[schemars(regex(pattern = \"^[a-z]+$\"))] String);`"
            }
            Sort::List if matches!(constraint, Constraint::Range { .. }) => {
                ": items of a list are constrained by a type of their own, such as \
                 `#[derive(serde::Deserialize, schemars::JsonSchema)] \
                 struct Item(#[schemars(range(min = 1, max = 10))] i64);`"
            }
            Sort::Text | Sort::List => ": write `length(1..=20)`",
            _ => "",
        };
        if let (Sort::Int, Constraint::Range { min, max, .. }) = (sort, constraint)
            && [min, max].into_iter().flatten().any(|bound| matches!(bound, Number::Float(_)))
        {
            errors.at(
                constraint.word(),
                format!(
                    "`{}` is `{}`, so its bounds are whole numbers: write `range(1..=10)`",
                    param.ident,
                    spell(&param.ty)
                ),
            );
        }
        if !fits {
            errors.at(
                constraint.word(),
                format!(
                    "`{}` is for {wish}, and `{}` is `{}`{instead}",
                    constraint.name(),
                    param.ident,
                    spell(&param.ty)
                ),
            );
        }
    }
}

fn literals(param: &Param, argument: &Argument, errors: &Errors) {
    let example_type = types::within_options(&param.ty);
    if let Some(word) = argument.default.as_ref().and_then(|default| default.bare) {
        bare_default(word, &param.ident, &param.ty, &argument.constraints, errors);
    }
    let default = argument.default.as_ref().map(|default| &default.expr);
    let said = [("default", default, &param.ty), ("example", argument.example.as_ref(), example_type)];
    for (option, expr, ty) in said {
        let Some(expr) = expr else { continue };
        let Some(literal) = Literal::read(expr) else { continue };
        if fits(option, &param.ident, &literal, expr, ty, errors) {
            allowed(option, &param.ident, &argument.constraints, &literal, expr, errors);
        }
    }
}

/// Notes what is wrong with `default` that has no value, as far as the type's name tells.
pub(super) fn bare_default(word: Span, name: &Ident, ty: &Type, constraints: &[Constraint], errors: &Errors) {
    let (literal, called) = match Sort::of(ty) {
        Some(Sort::Option) => {
            let message = format!("`{name}` is an `Option`, which is `None` when it is left out: drop `default`");
            return errors.at(word, message);
        }
        Some(Sort::Int) => (Literal::Int("0".to_owned()), "0"),
        Some(Sort::Float) => (Literal::Float("0.0".to_owned()), "0.0"),
        Some(Sort::Text) => (Literal::Text(String::new()), "an empty text"),
        Some(Sort::List) => {
            // An empty list is as long as an empty text, which a literal can be.
            (Literal::Text(String::new()), "an empty list")
        }
        Some(Sort::Bool | Sort::Char) | None => return,
    };
    if let Some(broken) = constraints.iter().find(|constraint| !constraint.admits(&literal)) {
        let rule = broken.name();
        let message =
            format!("the default of `{name}` is {called}, which breaks its own `{rule}`: write `default = …`");
        errors.at(word, message);
    }
}

/// Whether a literal is of the right kind, as far as the type's name tells.
pub(super) fn fits(option: &str, name: &Ident, literal: &Literal, expr: &Expr, ty: &Type, errors: &Errors) -> bool {
    let Some(sort) = Sort::of(ty) else { return true };
    let Some(instead) = instead(option, sort, literal, ty) else { return true };
    errors.on(
        expr.to_token_stream(),
        format!("the {option} of `{name}` is {}, but `{name}` is `{}`: {instead}", literal.called(), spell(ty)),
    );
    false
}

/// What to write instead, `None` if the literal is right.
fn instead(option: &str, sort: Sort, literal: &Literal, ty: &Type) -> Option<String> {
    let text = match literal {
        Literal::Text(text) => text.clone(),
        other => other.json(),
    };
    let value = match (sort, literal) {
        (Sort::Int, Literal::Int(_))
        | (Sort::Float, Literal::Float(_))
        | (Sort::Bool, Literal::Bool(_))
        | (Sort::Char, Literal::Char(_))
        | (Sort::Text, Literal::Text(_)) => return None,
        (Sort::Int, _) => text.parse::<f64>().map_or(0.0, f64::trunc).to_string(),
        (Sort::Float, _) => format!("{:?}", text.parse::<f64>().unwrap_or(0.0)),
        (Sort::Bool, _) => text.parse::<bool>().unwrap_or(false).to_string(),
        (Sort::Char, _) => format!("{:?}", text.chars().next().unwrap_or('x')),
        (Sort::Text, Literal::Char(char)) => quoted(&char.to_string()),
        (Sort::Text, _) => quoted(&text),
        (Sort::List, _) => "vec![…]".to_owned(),
        (Sort::Option, _) => {
            let inner = types::inner(ty, "Option").map_or_else(|| "T".to_owned(), spell);
            return Some(format!("with a default it is never `None`, so let it be `{inner}`"));
        }
    };
    Some(format!("write `{option} = {value}`"))
}

/// Notes that a literal does not keep to the constraints beside it.
pub(super) fn allowed(
    option: &str,
    name: &Ident,
    constraints: &[Constraint],
    literal: &Literal,
    expr: &Expr,
    errors: &Errors,
) {
    if let Some(broken) = constraints.iter().find(|constraint| !constraint.admits(literal)) {
        breaks(option, name, broken, expr, errors);
    }
}

/// Notes that a value does not keep to a constraint beside it.
pub(super) fn breaks(option: &str, name: &Ident, broken: &Constraint, expr: &Expr, errors: &Errors) {
    let rule = broken.name();
    errors.on(expr, format!("the {option} of `{name}` breaks its own `{rule}`: write one that keeps to it"));
}
