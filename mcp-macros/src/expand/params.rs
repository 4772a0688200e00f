//! `__MCP_PARAMS`: what a client is told of the arguments.

use proc_macro2::{Ident, Literal as Token, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::args::kept;
use super::names::mixed;
use crate::model::Kind;
use crate::model::constraint::{Constraint, Number};
use crate::model::literal::Literal;
use crate::model::param::{Argument, Completer, Param};
use crate::model::types::{Shape, elided};

/// One element of `__MCP_PARAMS`.
pub(super) fn described(kind: Kind, place: usize, param: &Param, argument: &Argument) -> TokenStream {
    let wire = &argument.wire;
    let ty = kept(param, argument.shape, "'static");
    let mut code = match kind {
        Kind::Tool => quote_spanned!(mixed()=> __mcp::param!(#wire, #ty)),
        Kind::Resource | Kind::Prompt => {
            let complete = match &argument.complete {
                Some(Completer { function, blocking: false }) => {
                    quote_spanned!(function.span()=> __mcp::completer(#function))
                }
                Some(Completer { function, blocking: true }) => {
                    quote_spanned!(function.span()=> __mcp::blocking_completer(#function))
                }
                None => quote_spanned!(mixed()=> __mcp::completer_for!(#ty)),
            };
            quote_spanned!(mixed()=> __mcp::text_param!(#wire, #ty).complete(|| #complete))
        }
    };
    if let Some(docs) = &argument.docs {
        code.extend(quote_spanned!(mixed()=> .docs(#docs)));
    }
    if argument.default.is_some() {
        code.extend(quote_spanned!(mixed()=> .optional()));
    }
    if let Some(default) = &argument.default {
        code.extend(match default.literal().map(|literal| literal.json()) {
            Some(json) => quote_spanned!(mixed()=> .default_json(#json)),
            None => {
                let function = default_name(place);
                quote_spanned!(mixed()=> .default_with(|| __mcp::to_json!(#function())))
            }
        });
    }
    if let Some(example) = &argument.example {
        code.extend(match Literal::read(example).map(|literal| literal.json()) {
            Some(json) => quote_spanned!(mixed()=> .example(#json)),
            None => quote_spanned!(mixed()=> .example_with(|| __mcp::to_json!(#example))),
        });
    }
    for constraint in &argument.constraints {
        let constraint = described_constraint(constraint);
        code.extend(quote_spanned!(mixed()=> .constraint(__mcp::Constraint::#constraint)));
    }
    if let Some(header) = &argument.header {
        let checked = quote_spanned!(param.ty.span()=> <#ty as __mcp::HeaderValue>::CHECKED);
        code.extend(quote_spanned!(mixed()=> .header({ let () = #checked; #header })));
    }
    if argument.sensitive {
        code.extend(quote_spanned!(mixed()=> .sensitive()));
    }
    if argument.raw {
        code.extend(quote_spanned!(mixed()=> .raw()));
    }
    code
}

/// A function that makes a computed default, so that the expression, and a mistake in it, is there
/// only once.
pub(super) fn default_fn(place: usize, param: &Param, argument: &Argument) -> Option<TokenStream> {
    let default = argument.default.as_ref().filter(|default| default.literal().is_none())?;
    let default = &default.expr;
    let name = default_name(place);
    let at_type = param.ty.span();
    let ty = match argument.shape {
        Shape::Owned => elided(&param.ty, "'static"),
        Shape::Str => quote_spanned!(at_type=> &'static str),
        Shape::OptionStr => quote_spanned!(at_type=> ::core::option::Option<&'static str>),
        Shape::VecStr => quote_spanned!(at_type=> ::std::vec::Vec<&'static str>),
    };
    Some(quote_spanned!(mixed()=> fn #name() -> #ty { #default }))
}

pub(super) fn default_name(place: usize) -> Ident {
    format_ident!("__mcp_default_{place}", span = mixed())
}

fn described_constraint(constraint: &Constraint) -> TokenStream {
    match constraint {
        Constraint::Range { min, max, exclusive_max, .. } => {
            let number = |bound| number("Num", bound);
            let (min, max) = (option(min.map(number)), option(max.map(number)));
            quote_spanned!(mixed()=> Range { min: #min, max: #max, exclusive_max: #exclusive_max })
        }
        Constraint::Length { min, max, .. } => {
            let (min, max) = (whole(*min), whole(*max));
            quote_spanned!(mixed()=> Length { min: #min, max: #max })
        }
        // Whether it is one that clients can read, the compiler finds out there, and stops at the text.
        Constraint::Pattern { pattern, .. } => {
            let new = quote_spanned!(pattern.span()=> __mcp::Pattern::new(#pattern));
            quote_spanned!(mixed()=> Pattern(#new))
        }
    }
}

/// Bounds of a length.
pub(super) fn whole(bound: Option<u64>) -> TokenStream {
    option(bound.map(|bound| Token::u64_unsuffixed(bound).into_token_stream()))
}

pub(super) fn option(value: Option<TokenStream>) -> TokenStream {
    match value {
        Some(value) => quote_spanned!(mixed()=> ::core::option::Option::Some(#value)),
        None => quote_spanned!(mixed()=> ::core::option::Option::None),
    }
}

/// A number as one of the runtime's types. A negative literal is two tokens.
pub(super) fn number(ty: &str, number: Number) -> TokenStream {
    let (variant, negative, digits) = match number {
        Number::Int(int) => ("Int", int < 0, Token::u128_unsuffixed(int.unsigned_abs())),
        Number::Float(float) => ("Float", float.is_sign_negative(), Token::f64_unsuffixed(float.abs())),
    };
    let (ty, variant) = (Ident::new(ty, mixed()), Ident::new(variant, mixed()));
    let sign = negative.then(|| quote!(-));
    quote_spanned!(mixed()=> __mcp::#ty::#variant(#sign #digits))
}
