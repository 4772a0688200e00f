//! `#[handlers] impl Shop { #[tool] fn buy(&self) {} }`: an `impl` block whose functions are marked.
//!
//! A definition is an associated constant, so that `tools![Shop::buy]` finds it as it finds that of a free function.

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Attribute, Meta, parse_quote};

use super::{definition, unmarked};
use crate::attr::function::{Function, other_item};
use crate::errors::Errors;
use crate::model::block::{Block, Mark, Member};
use crate::model::owner::Owner;
use crate::model::types::mentions;

/// Expands `#[handlers]`.
pub(crate) fn block(options: TokenStream, item: TokenStream) -> TokenStream {
    let errors = Errors::default();
    let mut block = match syn::parse2::<Block>(item.clone()) {
        Ok(block) => block,
        Err(error) => {
            match what(&item) {
                Some(other) => errors
                    .at(Span::call_site(), format!("`#[handlers]` stands above an `impl` block, and this is {other}")),
                None => errors.add(error),
            }
            return quote!(#item #errors);
        }
    };
    let mut owner = Owner::read(block.own_type.clone(), options, &errors);
    owner.is_usable = check(&block, &errors);
    let members = std::mem::take(&mut block.members).into_iter().map(|member| match member {
        Member::Other(tokens) => tokens,
        // A trait's `impl` cannot have a constant of ours.
        Member::Marked(_, function) if block.of_trait.is_some() => unmarked(*function, &[], &errors),
        Member::Marked(mark, function) => marked(&mark, *function, &owner, &errors),
    });
    let members: Vec<TokenStream> = members.collect();
    let block = block.with(&members);
    quote!(#block #errors)
}

/// What it is, if it is not an `impl` block.
fn what(item: &TokenStream) -> Option<String> {
    if syn::parse2::<Function>(item.clone()).is_ok() {
        return Some("a function: drop it, `#[tool]` alone is enough".to_owned());
    }
    other_item(item).filter(|other| other != "impl").map(|other| format!("a `{other}`"))
}

/// One function, and its definition beside it.
fn marked(mark: &Mark, mut function: Function, owner: &Owner, all: &Errors) -> TokenStream {
    let errors = Errors::default();
    let options = match &mark.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => owner.own_type.instead_of_self(list.tokens.clone()),
        Meta::NameValue(pair) => {
            errors.on(pair, format!("options go in parentheses: write `{}`", mark.kind.with_option()));
            TokenStream::new()
        }
    };
    // A second mark that is there under a condition only; one without is told with the signature.
    let second = function.attrs.iter().filter_map(Mark::of).find(|mark| mark.condition.is_some());
    if let Some(second) = second {
        let (first, kind) = (mark.kind.attribute(), second.kind.attribute());
        let message = format!("the function has `{first}` already: write a second function for `{kind}` that calls it");
        errors.on(&second.meta, message);
        function.attrs.retain(|attr| Mark::of(attr).is_none());
    }
    let outside = errors.ok(owner.own_type.signature_of(&function));
    let defined = outside.map(|mut outside| {
        outside.attrs.extend(mark.condition.iter().map(|condition| -> Attribute { parse_quote!(#[cfg(#condition)]) }));
        definition(mark.kind, options, &outside, Some(owner), &errors)
    });
    let (definition, used) = defined.unwrap_or_default();
    let function = unmarked(function, &used, &errors);
    all.extend(errors);
    quote!(#function #definition)
}

/// Notes what cannot be a block of handlers; `false` if nothing can be made of it.
fn check(block: &Block, errors: &Errors) -> bool {
    let has_marks = block.members.iter().any(|member| !matches!(member, Member::Other(_)));
    if !has_marks {
        errors.at(
            Span::call_site(),
            "no function here is marked: write `#[tool]`, `#[resource(\"…\")]` or `#[prompt]` above those that clients may \
             call",
        );
    }
    let generics = &block.generics;
    if let Some(of_trait) = &block.of_trait {
        errors.on(
            of_trait,
            "`#[handlers]` is for the functions of a type itself: write an `impl` without the trait, with functions that \
             call those of the trait",
        );
    } else if generics.type_params().next().is_some() || generics.const_params().next().is_some() {
        errors.on(
            &generics.params,
            "a client can't choose type parameters: name the type that the server keeps, such as `impl Shop<Database>`",
        );
    } else if !generics.params.is_empty() || mentions(&block.own_type, "_") {
        errors.on(
            &block.own_type,
            "the server keeps the value as long as it runs: give it a type that borrows nothing, or write `'static`",
        );
    } else {
        return true;
    }
    false
}
