//! What a form may ask for, and what its fields may say of themselves.

use std::collections::HashSet;

use proc_macro2::Span;
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Expr, Generics, LitStr, Type};

use super::param::{allowed, bare_default, breaks, fits};
use crate::errors::Errors;
use crate::model::constraint::{Constraint, Number};
use crate::model::form::{Derived, Field, Shape};
use crate::model::literal::Literal;
use crate::model::types::{self, Sort, named, spell};

/// Notes every mistake that shows only when the whole is seen.
pub(crate) fn check(derived: &Derived, errors: &Errors) {
    parameters(&derived.generics, errors);
    match &derived.shape {
        Shape::Form(fields) => {
            unique("field", fields.iter().map(|field| &field.wire), errors);
            fields.iter().for_each(|field| one(field, errors));
        }
        Shape::Words(words) => unique("choice", words.words.iter().map(|word| &word.wire), errors),
    }
}

/// Whoever asks must know what they ask for.
fn parameters(generics: &Generics, errors: &Errors) {
    if generics.type_params().next().is_some() || generics.const_params().next().is_some() {
        errors.on(&generics.params, "a form asks for the same each time: name the type instead");
    } else if generics.lifetimes().next().is_some() {
        errors.on(&generics.params, "a form keeps what was answered: write `String` instead of `&str`");
    } else if let Some(clause) = &generics.where_clause {
        errors.on(clause, "there is nothing to bound here: drop the `where` clause");
    }
}

fn unique<'a>(what: &str, names: impl Iterator<Item = &'a LitStr>, errors: &Errors) {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name.value()) {
            let name_is = name.value();
            errors.on(name, format!("another {what} is named `{name_is}` already: choose a different name"));
        }
    }
}

fn one(field: &Field, errors: &Errors) {
    let ty = types::inner(&field.ty, "Option").unwrap_or(&field.ty);
    let sort = Sort::of(ty);
    match &field.choices {
        Some((word, choices)) => {
            suits("choices", *word, sort, &[Sort::Text, Sort::List], "`String` and `Vec<String>`", field, errors);
            unique("choice", choices.iter(), errors);
            nothing_beside_choices(field, errors);
        }
        None if types::inner(ty, "Vec").is_some_and(|inner| named(inner, "String")) => errors.on(
            &field.ty,
            "a form has no list of free text: say what can be chosen, with `#[elicit(choices(\"a\", \"b\"))]`",
        ),
        None => {}
    }
    for constraint in &field.constraints {
        let (fit, wish): (&[Sort], _) = match constraint.name() {
            "range" => (&[Sort::Int, Sort::Float], "numbers"),
            "items" => (&[Sort::List], "lists"),
            _ => (&[Sort::Text], "texts"),
        };
        if suits(constraint.name(), constraint.word(), sort, fit, wish, field, errors) {
            both_ends(constraint, sort, errors);
        }
    }
    if let Some((word, _)) = &field.format {
        suits("format", *word, sort, &[Sort::Text], "texts", field, errors);
    }
    if let Some(preset) = &field.default {
        match preset.bare {
            Some(word) => {
                bare_default(word, &field.ident, &field.ty, &field.constraints, errors);
                if Sort::of(&field.ty) == Some(Sort::Text) {
                    among_choices("", field, word, errors);
                }
            }
            None => default(field, &preset.expr, errors),
        }
    }
}

/// Whether an option is for fields of this type, as far as the type's name tells. Others the runtime's traits tell.
fn suits(
    option: &str,
    word: Span,
    sort: Option<Sort>,
    fit: &[Sort],
    wish: &str,
    field: &Field,
    errors: &Errors,
) -> bool {
    let Some(sort) = sort else { return true };
    if fit.contains(&sort) {
        return true;
    }
    let is_bound = ["range", "length", "items"].contains(&option);
    let instead = match sort {
        Sort::Int | Sort::Float if is_bound => ": write `range(1..=10)`",
        Sort::Text if is_bound => ": write `length(1..=20)`",
        Sort::List if is_bound => ": write `items(1..=3)`",
        _ => "",
    };
    let (name, ty) = (&field.ident, spell(&field.ty));
    errors.at(word, format!("`{option}` is for {wish}, and `{name}` is `{ty}`{instead}"));
    false
}

/// The restricted schemas of forms know no bound that is itself left out.
fn both_ends(constraint: &Constraint, sort: Option<Sort>, errors: &Errors) {
    let Constraint::Range { max: Some(max), exclusive_max: true, word, .. } = constraint else { return };
    if sort != Some(Sort::Int) || matches!(max, Number::Float(_)) {
        errors.at(*word, "the bounds of a field are both within: write `range(0.0..=1.0)`");
    }
}

/// A word that is chosen is as long as it is.
fn nothing_beside_choices(field: &Field, errors: &Errors) {
    let lengths = field.constraints.iter().filter(|constraint| constraint.name() == "length");
    let format = field.format.iter().map(|(word, _)| ("format", *word));
    for (option, word) in lengths.map(|length| ("length", length.word())).chain(format) {
        errors.at(word, format!("`{option}` does nothing beside `choices`: drop one of the two"));
    }
}

/// Literals are checked here, so that we can say more of them than rustc would.
fn default(field: &Field, default: &Expr, errors: &Errors) {
    let (Expr::Array(list), Some(inner)) = (default, types::inner(&field.ty, "Vec")) else {
        if let Some(literal) = literal(field, default, &field.ty, errors) {
            allowed("default", &field.ident, &field.constraints, &literal, default, errors);
        }
        return;
    };
    let count = list.elems.len() as u64;
    if let Some(broken) = field.constraints.iter().find(|constraint| !constraint.admits_length(count)) {
        breaks("default", &field.ident, broken, default, errors);
    }
    for element in &list.elems {
        literal(field, element, inner, errors);
    }
}

/// The literal, if it is one, of the right kind and among the choices; what else it is, is noted.
fn literal(field: &Field, default: &Expr, ty: &Type, errors: &Errors) -> Option<Literal> {
    let literal = Literal::read(default)?;
    if !fits("default", &field.ident, &literal, default, ty, errors) {
        return None;
    }
    match &literal {
        Literal::Text(text) => among_choices(text, field, default.span(), errors).then_some(literal),
        _ => Some(literal),
    }
}

/// Whether a text is one of the choices, if there are any; that it is not, is noted.
fn among_choices(text: &str, field: &Field, at: Span, errors: &Errors) -> bool {
    let Some((_, choices)) = &field.choices else { return true };
    let is_there = choices.iter().any(|choice| choice.value() == text);
    if !is_there {
        let among: Vec<_> = choices.iter().map(|choice| choice.to_token_stream().to_string()).collect();
        let name = &field.ident;
        errors.at(at, format!("the default of `{name}` is not one of its choices: write {}", among.join(" or ")));
    }
    is_there
}
