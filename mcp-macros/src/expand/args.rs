//! Parameters: the pieces of code that each of them makes, by what it is.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::names::mixed;
use super::params::{default_fn, described};
use super::reads::Reads;
use crate::model::param::{Argument, Param, Role};
use crate::model::receiver::Receiver;
use crate::model::types::{Shape, elided};
use crate::model::{Item, Own};

/// The pieces of code that the parameters of one function make.
///
/// What asks a trait of a type is located at that type, where the compiler then points. It asks by
/// a path, `<T as Trait>::item`, and in one way only: that makes one short error of one mistake.
#[derive(Default)]
pub(super) struct Code {
    /// The functions that make computed defaults.
    pub(super) defaults: TokenStream,
    /// The elements of `__MCP_PARAMS`.
    pub(super) params: Vec<TokenStream>,
    /// Looks up state, notes what extractors need.
    pub(super) at_start: TokenStream,
    /// The variables that hold state.
    pub(super) states: Vec<Ident>,
    /// Clones state for a call that outlives its closure.
    pub(super) per_call: TokenStream,
    /// Reads arguments.
    pub(super) read: TokenStream,
    /// Runs extractors, with `.await`; nothing where there are none.
    pub(super) extract: TokenStream,
    /// The arguments of the call of the user's function.
    pub(super) passed: Vec<TokenStream>,
}

impl Code {
    pub(super) fn of(item: &Item) -> Self {
        Self::with(item, &|_| true)
    }

    /// What gives a policy these parameters, by reference. All arguments are read, and nothing else is injected.
    pub(super) fn for_policy(item: &Item, names: &[Ident]) -> Self {
        let code = Self::with(item, &|param| names.contains(&param.ident));
        let passed = names.iter().filter_map(|name| {
            let param = item.params.iter().find(|param| param.ident == *name)?;
            Some(by_reference(param, name))
        });
        Self { passed: passed.collect(), ..code }
    }

    fn with(item: &Item, takes: &dyn Fn(&Param) -> bool) -> Self {
        let mut code = Self::default();
        let mut reads = Reads::default();
        let (call, binder) = (Ident::new("call", mixed()), Ident::new("binder", mixed()));

        let is_read = |param: &Param| matches!(param.role, Role::Argument(_) | Role::Flat) || takes(param);
        for param in item.params.iter().filter(|param| is_read(param)) {
            let (ty, local) = (elided(&param.ty, "'_"), local(param));
            let at_type = param.ty.span();
            match &param.role {
                Role::Context => code.passed.push(quote_spanned! {at_type=>
                    <#ty as __mcp::Injected<_>>::inject(#call.ctx())
                }),
                Role::State(state) | Role::Receiver(state, _) => {
                    code.at_start.extend(quote_spanned! {at_type=>
                        let #local = #binder.state::<#state>();
                    });
                    code.per_call.extend(quote_spanned! {mixed()=>
                        let #local = ::core::clone::Clone::clone(&#local);
                    });
                    code.passed.push(match &param.role {
                        Role::Receiver(_, Receiver::Shared) => quote_spanned!(at_type=> &*#local),
                        Role::Receiver(_, Receiver::Arc) => quote_spanned! {at_type=>
                            __mcp::State::into_arc(::core::clone::Clone::clone(&#local))
                        },
                        _ => quote_spanned! {at_type=>
                            <#ty as __mcp::Injected<_>>::inject(::core::clone::Clone::clone(&#local))
                        },
                    });
                    code.states.push(local);
                }
                Role::FromCall => {
                    let needs = quote_spanned!(at_type=> <#ty as __mcp::FromCall>::needs);
                    code.at_start.extend(quote_spanned!(mixed()=> binder.needs(#needs);));
                    let made = quote_spanned! {at_type=>
                        <#ty as __mcp::FromCall>::from_call(#call.ctx()).await
                    };
                    code.extract.extend(quote_spanned! {mixed()=>
                        let #local = match #made {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(error) => return __mcp::error(call, error),
                        };
                    });
                    code.passed.push(local.into_token_stream());
                }
                Role::Flat => {
                    let read = quote_spanned!(at_type=> <#ty as __mcp::FlatArgument>::read);
                    code.read.extend(quote_spanned! {mixed()=>
                        let #local = match #read(call) {
                            ::core::result::Result::Ok(value) => value,
                            ::core::result::Result::Err(reply) => return reply,
                        };
                    });
                    code.passed.push(local.into_token_stream());
                }
                Role::Argument(argument) => {
                    let place = code.params.len();
                    code.passed.push(passed(argument.shape, &local));
                    code.defaults.extend(default_fn(place, param, argument));
                    code.params.push(described(item.kind, place, param, argument));
                    reads.ask(left_out(item, param, argument));
                    reads.add(item.kind, param, argument, local);
                }
            }
        }
        if code.read.is_empty() {
            code.read = reads.code(item.kind);
        }
        code
    }
}

/// A parameter as a policy is given it, located where its name stands there.
fn by_reference(param: &Param, name: &Ident) -> TokenStream {
    let at = mixed().located_at(name.span());
    let mut local = local(param);
    local.set_span(at);
    match &param.role {
        Role::Context => {
            let (ty, call) = (elided(&param.ty, "'_"), Ident::new("call", mixed()));
            quote_spanned!(at=> &<#ty as __mcp::Injected<_>>::inject(#call.ctx()))
        }
        Role::Argument(argument) => match argument.shape {
            Shape::Owned => quote_spanned!(at=> &#local),
            Shape::VecStr => {
                let texts = passed(argument.shape, &local);
                quote_spanned!(at=> &(#texts))
            }
            Shape::Str => quote_spanned!(at=> &*#local),
            Shape::OptionStr => quote_spanned!(at=> #local.as_deref()),
        },
        Role::State(_) | Role::Receiver(..) => quote_spanned!(at=> &*#local),
        Role::FromCall | Role::Flat => quote_spanned!(at=> &#local),
    }
}

/// Asks the compiler whether a variable of the query may be left out, where the name of its type does not tell.
fn left_out(item: &Item, param: &Param, argument: &Argument) -> Option<TokenStream> {
    let Own::Resource(resource) = &item.own else { return None };
    let mut variables = resource.template.iter().flat_map(|template| &template.variables);
    let asks = param.may_be_left_out().is_none()
        && variables.any(|variable| variable.query && variable.name == argument.wire.value());
    let ty = kept(param, argument.shape, "'static");
    asks.then(|| quote_spanned!(param.ty.span()=> __mcp::query!(#ty);))
}

/// `arg_name`: no parameter's name can meet a name of ours, nor be taken for the function.
fn local(param: &Param) -> Ident {
    format_ident!("arg_{}", param.ident.unraw(), span = mixed())
}

/// The type an argument is read into, with `lifetime` for what it borrows.
pub(super) fn kept(param: &Param, shape: Shape, lifetime: &str) -> TokenStream {
    let at_type = param.ty.span();
    let lifetime = syn::Lifetime::new(lifetime, at_type);
    let text = quote_spanned!(at_type=> __mcp::Str<#lifetime>);
    match shape {
        Shape::Owned => elided(&param.ty, "'_"),
        Shape::Str => text,
        Shape::OptionStr => quote_spanned!(at_type=> ::core::option::Option<#text>),
        Shape::VecStr => quote_spanned!(at_type=> ::std::vec::Vec<#text>),
    }
}

/// What was read, as the user's function wants it.
fn passed(shape: Shape, local: &Ident) -> TokenStream {
    match shape {
        Shape::Owned => local.to_token_stream(),
        Shape::Str => quote_spanned!(mixed()=> &*#local),
        Shape::OptionStr => quote_spanned!(mixed()=> #local.as_deref()),
        Shape::VecStr => quote_spanned! {mixed()=>
            #local.iter().map(|text| &**text).collect::<::std::vec::Vec<&str>>()
        },
    }
}
