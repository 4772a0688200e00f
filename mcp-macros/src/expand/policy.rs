//! Who may use a function: what is declared of it, and the function that decides.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::args::Code;
use super::names::mixed;
use crate::model::Item;
use crate::model::owner::Owner;
use crate::model::policy::{Check, Policy};

/// The settings of a definition.
pub(super) fn settings(policy: &Policy) -> TokenStream {
    let list = |name: &str, words: &[syn::LitStr]| {
        let name = syn::Ident::new(name, mixed());
        (!words.is_empty()).then(|| quote_spanned!(mixed()=> .#name(&[#(#words),*])))
    };
    let (scopes, roles) = (list("scopes", &policy.scopes), list("roles", &policy.roles));
    let public = policy.public.map(|_| quote_spanned!(mixed()=> .public()));
    let check = policy.check.as_ref().map(|_| quote_spanned!(mixed()=> .policy(__mcp_policy)));
    quote!(#scopes #roles #public #check)
}

/// The function that binds what decides.
pub(super) fn bind(item: &Item, owner: Option<&Owner>) -> Option<TokenStream> {
    let check = item.common.policy.check.as_ref()?;
    let function = function(check, owner);
    let at = check.span();
    if check.is_of_caller() {
        let made = quote_spanned!(at=> __mcp::policy_of_caller(#function));
        return Some(quote_spanned! {mixed()=>
            fn __mcp_policy(_: &mut __mcp::Binder<'_>) -> ::core::option::Option<__mcp::Guard> {
                #made
            }
        });
    }
    let code = Code::for_policy(item, &check.arguments);
    let Code { at_start, states, per_call, read, passed, awaits, .. } = &code;
    let awaited = check.awaited.then(|| quote_spanned!(at=> .await));
    let call = syn::Ident::new("call", mixed());
    let decision = quote_spanned!(at=> #function(#call.ctx().principal(), #(#passed),*) #awaited);
    let answer = quote_spanned!(at=> __mcp::decided(#call, #decision));
    let handler = if check.awaited || *awaits {
        quote_spanned! {mixed()=> __mcp::tool_async(move |call: __mcp::Call| {
            #per_call
            async move {
                let call = &call;
                #read
                #answer
            }
        }) }
    } else {
        quote_spanned! {mixed()=> __mcp::tool_sync(move |call: &__mcp::Call| {
            #read
            #answer
        }) }
    };
    let found = (!states.is_empty()).then(|| {
        quote_spanned! {mixed()=>
            let (#(::core::option::Option::Some(#states),)*) = (#(#states,)*) else {
                return ::core::option::Option::None;
            };
        }
    });
    let binder = if at_start.is_empty() { quote!(_) } else { quote_spanned!(mixed()=> binder) };
    Some(quote_spanned! {mixed()=>
        #[allow(unused_variables)]
        fn __mcp_policy(#binder: &mut __mcp::Binder<'_>) -> ::core::option::Option<__mcp::Guard> {
            #at_start
            #found
            ::core::option::Option::Some(__mcp::policy_of_call(#handler))
        }
    })
}

/// The function, with its type in place of `Self`.
fn function(check: &Check, owner: Option<&Owner>) -> TokenStream {
    let path = &check.function.path;
    match (owner, path.segments.first()) {
        (Some(Owner { own_type, .. }), Some(first)) if first.ident == "Self" && path.segments.len() > 1 => {
            let rest = path.segments.iter().skip(1);
            quote_spanned!(path.span()=> <#own_type> #(::#rest)*)
        }
        _ => check.to_token_stream(),
    }
}
