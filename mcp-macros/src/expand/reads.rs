//! Reading the arguments of one call: all of them first, then what is wrong with any is answered.

use proc_macro2::{Ident, Literal as Token, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::args::kept;
use super::names::mixed;
use super::params::default_name;
use crate::model::Kind;
use crate::model::constraint::Constraint;
use crate::model::default::Preset;
use crate::model::literal::Literal;
use crate::model::param::{Argument, Param};
use crate::model::types::Shape;

#[derive(Default)]
pub(super) struct Reads {
    slots: Vec<TokenStream>,
    takes: TokenStream,
    locals: Vec<Ident>,
}

impl Reads {
    /// Reads one more argument, into the variable `local`.
    pub(super) fn add(&mut self, kind: Kind, param: &Param, argument: &Argument, local: Ident) {
        let place = self.locals.len();
        let index = Token::usize_unsuffixed(place);
        let default = argument.default.as_ref().map(|default| defaulted(place, argument.shape, default));
        let read = match kind {
            Kind::Tool => {
                let ty = kept(param, argument.shape, "'_");
                self.slots.push(quote_spanned!(mixed()=> __mcp::slot!(#ty)));
                let down = std::iter::repeat_n(quote!(.1), place);
                let slot = quote_spanned!(mixed()=> slots #(#down)* .0);
                match default {
                    Some(default) => {
                        quote_spanned!(mixed()=> #slot.take_or(&mut read, #index, || #default))
                    }
                    None => quote_spanned!(mixed()=> #slot.take(&mut read, #index)),
                }
            }
            Kind::Resource | Kind::Prompt => {
                let ty = kept(param, argument.shape, "'static");
                let at_type = param.ty.span();
                let from = quote_spanned!(mixed()=> &mut read, #index);
                match default {
                    Some(default) => {
                        quote_spanned!(at_type=> __mcp::text_or!(#ty, #from, #default))
                    }
                    None => quote_spanned!(at_type=> __mcp::text!(#ty, #from)),
                }
            }
        };
        self.takes.extend(quote_spanned!(mixed()=> let #local = #read;));
        let checks = argument.constraints.iter().map(|rule| check(rule, param, argument.shape));
        for (check, seen) in checks {
            self.takes.extend(quote_spanned! {mixed()=>
                if let ::core::option::Option::Some(value) = &#local {
                    __mcp::#check(&mut read, #index, #seen(value));
                }
            });
        }
        self.locals.push(local);
    }

    /// Asks the compiler something about an argument; nothing is done when it runs.
    pub(super) fn ask(&mut self, question: Option<TokenStream>) {
        self.takes.extend(question);
    }

    pub(super) fn code(self, kind: Kind) -> TokenStream {
        let Self { slots, takes, locals } = self;
        let begin = match kind {
            Kind::Tool if slots.is_empty() => quote_spanned! {mixed()=>
                let read = __mcp::read(call, &__MCP_PARAMS, &mut ());
            },
            Kind::Tool => {
                let nested = slots.iter().rfold(quote!(()), |rest, slot| quote!((#slot, #rest)));
                quote_spanned! {mixed()=>
                    let mut slots = #nested;
                    let mut read = __mcp::read(call, &__MCP_PARAMS, &mut slots);
                }
            }
            Kind::Resource | Kind::Prompt if locals.is_empty() => return TokenStream::new(),
            Kind::Resource | Kind::Prompt => quote_spanned! {mixed()=>
                let mut read = __mcp::read_text(call, &__MCP_PARAMS);
            },
        };
        let all_there = (!locals.is_empty()).then(|| {
            quote_spanned! {mixed()=>
                let (#(::core::option::Option::Some(#locals),)*) = (#(#locals,)*) else {
                    return read.refuse(call);
                };
            }
        });
        quote_spanned! {mixed()=>
            #begin
            #takes
            #all_there
            if read.failed() {
                return read.refuse(call);
            }
        }
    }
}

/// The function that holds to a rule, and the one that sees in a value what the rule is about.
fn check(rule: &Constraint, param: &Param, shape: Shape) -> (Ident, TokenStream) {
    let (check, of, sees) = match rule {
        Constraint::Range { .. } => ("check_range", "Ranged", "number"),
        Constraint::Length { .. } => ("check_length", "Measured", "length"),
        Constraint::Pattern { .. } => ("check_pattern", "Textual", "as_text"),
    };
    let at_type = param.ty.span();
    let ty = kept(param, shape, "'_");
    let (of, sees) = (Ident::new(of, at_type), Ident::new(sees, at_type));
    (Ident::new(check, mixed()), quote_spanned!(at_type=> <#ty as __mcp::#of>::#sees))
}

/// The default as a value of the type that is kept.
fn defaulted(place: usize, shape: Shape, default: &Preset) -> TokenStream {
    let (default, literal) = (&default.expr, default.literal());
    let value = match literal {
        Some(_) => default.to_token_stream(),
        None => {
            let function = default_name(place);
            quote_spanned!(mixed()=> #function())
        }
    };
    match (shape, literal) {
        (Shape::Owned, Some(Literal::Text(_))) => {
            quote_spanned!(default.span()=> __mcp::FromText::from_text(#value))
        }
        (Shape::Owned, _) => value,
        (Shape::Str, _) => quote_spanned!(mixed()=> __mcp::Str::from(#value)),
        (Shape::OptionStr, _) => quote_spanned!(mixed()=> #value.map(__mcp::Str::from)),
        (Shape::VecStr, _) => quote_spanned! {mixed()=>
            #value.into_iter().map(__mcp::Str::from).collect()
        },
    }
}
