//! The function that a definition points to: it binds, and gives what serves each call.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;

use super::args::Code;
use super::names::mixed;
use crate::attr::function::Function;
use crate::model::output::Output;
use crate::model::owner::Owner;
use crate::model::{Item, Own};

/// The function that finds state, once, and gives what serves each call.
pub(super) fn bind(item: &Item, function: &Function, owner: Option<&Owner>, code: &Code) -> TokenStream {
    let answer = answer(item, function, owner, code);
    let handler = if item.common.blocking.is_some() {
        blocking(code, &answer)
    } else {
        serving(code, function.sig.asyncness.is_some(), &answer)
    };
    let returned = quote_spanned!(mixed()=> __mcp::Handler);
    bound(&quote_spanned!(mixed()=> __mcp_bind), code, &returned, &handler)
}

/// What serves each call on a thread of its own. Extractors may wait, so they run before it is taken.
fn blocking(code: &Code, answer: &TokenStream) -> TokenStream {
    let Code { per_call, read, extract, .. } = code;
    let function = quote_spanned! {mixed()=> move |call: &__mcp::Call| {
        #read
        #answer
    } };
    if extract.is_empty() {
        return quote_spanned!(mixed()=> __mcp::tool_blocking(#function));
    }
    quote_spanned! {mixed()=> __mcp::tool_async(move |call: __mcp::Call| {
        #per_call
        async move {
            let owned = call;
            let call = &owned;
            #extract
            __mcp::on_own_thread(owned, #function).await
        }
    }) }
}

/// What serves each call: it reads the arguments, runs extractors, and answers.
pub(super) fn serving(code: &Code, is_async: bool, answer: &TokenStream) -> TokenStream {
    let Code { per_call, read, extract, .. } = code;
    if is_async || !extract.is_empty() {
        quote_spanned! {mixed()=> __mcp::tool_async(move |call: __mcp::Call| {
            #per_call
            async move {
                let call = &call;
                #read
                #extract
                #answer
            }
        }) }
    } else {
        quote_spanned! {mixed()=> __mcp::tool_sync(move |call: &__mcp::Call| {
            #read
            #answer
        }) }
    }
}

/// A function of this name that finds the state, once, and gives `made`.
pub(super) fn bound(name: &TokenStream, code: &Code, returned: &TokenStream, made: &TokenStream) -> TokenStream {
    let Code { at_start, states, .. } = code;
    let found = (!states.is_empty()).then(|| {
        quote_spanned! {mixed()=>
            let (#(::core::option::Option::Some(#states),)*) = (#(#states,)*) else {
                return ::core::option::Option::None;
            };
        }
    });
    let binder = if at_start.is_empty() { quote!(_) } else { quote_spanned!(mixed()=> binder) };
    quote_spanned! {mixed()=>
        fn #name(#binder: &mut __mcp::Binder<'_>) -> ::core::option::Option<#returned> {
            #at_start
            #found
            ::core::option::Option::Some(#made)
        }
    }
}

/// The call of the user's function, and the answer from its result. It is located at the return
/// type: there the compiler points if that is no answer.
fn answer(item: &Item, function: &Function, owner: Option<&Owner>, code: &Code) -> TokenStream {
    let ident = &function.sig.ident;
    let output = match &function.sig.output {
        syn::ReturnType::Default => ident.to_token_stream(),
        syn::ReturnType::Type(_, ty) => ty.to_token_stream(),
    };
    let mut spans = output.into_iter().map(|token| token.span());
    let first = spans.next().unwrap_or_else(|| ident.span());
    let last = spans.last().unwrap_or(first);

    let passed = &code.passed;
    let arguments = quote_spanned!(last=> (#(#passed),*));
    let awaited = function.sig.asyncness.is_some().then(|| quote_spanned!(last=> .await));
    let with = match &item.own {
        Own::Tool(tool) if matches!(tool.output, Output::Off) => "answer_tool_text",
        Own::Tool(_) => "answer_tool",
        Own::Resource(_) => "answer_resource",
        Own::Prompt => "answer_prompt",
    };
    let with = Ident::new(with, first);
    let call = Ident::new("call", mixed());
    let of_type = owner.map(|Owner { own_type, .. }| quote_spanned!(last=> <#own_type>::));
    let result = quote_spanned!(last=> #of_type #ident #arguments #awaited);
    let result = match &item.common.error {
        Some(classify) => {
            let local = Ident::new("result", first.resolved_at(mixed()));
            quote_spanned!(classify.span()=> { let #local = #result; __mcp::classified(#local, #classify) })
        }
        None => result,
    };
    let answered = quote_spanned!(last=> (#call, #result));
    quote_spanned!(first=> __mcp::#with! #answered)
}
