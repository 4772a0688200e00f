//! Who may use a function: what is declared of it, and the function that decides.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::args::Code;
use super::handler::{bound, serving};
use super::names::mixed;
use crate::model::Item;
use crate::model::owner::Owner;
use crate::model::param::Param;
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

/// The parameters that decide: the function is given them, or scopes have them as variables.
pub(super) fn used(item: &Item) -> Vec<Ident> {
    let Policy { scopes, check, .. } = &item.common.policy;
    let is_used = |param: &&Param| {
        let variable = param.argument().map(|argument| format!("{{{}}}", argument.wire.value()));
        check.iter().any(|check| check.arguments.contains(&param.ident))
            || variable.is_some_and(|variable| scopes.iter().any(|scope| scope.value().contains(&variable)))
    };
    item.params.iter().filter(is_used).map(|param| param.ident.clone()).collect()
}

/// The function that binds what decides.
pub(super) fn bind(item: &Item, owner: Option<&Owner>) -> Option<TokenStream> {
    let check = item.common.policy.check.as_ref()?;
    let function = function(check, owner);
    let at = check.span();
    let (name, returned) = (quote_spanned!(mixed()=> __mcp_policy), quote_spanned!(mixed()=> __mcp::Guard));
    if check.is_of_caller() {
        let made = quote_spanned!(at=> __mcp::policy_of_caller(#function));
        return Some(bound(&name, &Code::default(), &returned, &made));
    }
    let code = Code::for_policy(item, &check.arguments);
    let passed = &code.passed;
    let awaited = check.awaited.then(|| quote_spanned!(at=> .await));
    let call = syn::Ident::new("call", mixed());
    let decision = quote_spanned!(at=> #function(#call.ctx().principal(), #(#passed),*) #awaited);
    let handler = serving(&code, check.awaited, &quote_spanned!(at=> __mcp::decided(#call, #decision)));
    let function = bound(&name, &code, &returned, &quote_spanned!(mixed()=> __mcp::policy_of_call(#handler)));
    Some(quote_spanned! {mixed()=>
        #[allow(unused_variables)]
        #function
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
