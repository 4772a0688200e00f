//! Quotes facts. What may be wrong has been told before; here nothing is asked any more.
//!
//! Generated names are `mixed_site`, so that no local of ours meets an expression of the user's,
//! and begin with `__mcp` or `__MCP` where they are items, which have no such hygiene.

pub(crate) mod form;
pub(crate) mod items;

mod args;
mod def;
mod handler;
mod params;
mod prompt;
mod reads;
mod resource;
mod tool;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::Attribute;
use syn::ext::IdentExt;

use crate::attr::function::{Function, other_item};
use crate::check;
use crate::errors::Errors;
use crate::model::{Item, Kind, Own};

/// Hygienic for locals; located at the attribute.
fn mixed() -> Span {
    Span::mixed_site()
}

/// Expands `#[tool]`, `#[resource]` or `#[prompt]`.
pub(crate) fn item(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    let errors = Errors::default();
    let function = match syn::parse2::<Function>(item.clone()) {
        Ok(mut function) => {
            let definition = definition(kind, args, &function, &errors);
            function.attrs.retain(|attr| errors.is_empty() || !is_ours(attr));
            let lints = lints(&function);
            return quote!(#lints #function #definition #errors);
        }
        Err(error) => error,
    };
    match other_item(&item) {
        Some(other) => {
            errors.at(Span::call_site(), format!("`{}` marks functions, and this is a `{other}`", kind.attribute()))
        }
        None => errors.add(function),
    }
    quote!(#item #errors)
}

/// What pedantic readers would say of a shape that is ours: arguments come one by one, and by value.
fn lints(function: &Function) -> Option<TokenStream> {
    let has_parameters = !function.sig.inputs.is_empty();
    has_parameters.then(|| {
        quote_spanned! {mixed()=>
            #[allow(clippy::needless_pass_by_value, clippy::too_many_arguments)]
        }
    })
}

/// One constant beside the function, with everything else inside of it: `tools![…]` finds it by its
/// name, the linker by what it submits.
fn definition(kind: Kind, args: TokenStream, function: &Function, errors: &Errors) -> TokenStream {
    let item = Item::read(kind, args, function, errors);
    check::all(&item, function, errors);

    // Without it not even a definition that stands for a broken one could be written.
    let Some(runtime) = &item.runtime else { return TokenStream::new() };
    let vis = &function.vis;
    let cfgs = function.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let constant = constant(kind, &function.sig.ident);
    let def = def_type(kind);
    let value = if errors.is_empty() { value(&item, function) } else { stub(&item, function) };
    quote_spanned! {mixed()=>
        #(#cfgs)*
        #[doc(hidden)]
        #[allow(non_upper_case_globals, deprecated, clippy::unnecessary_wraps)]
        #vis const #constant: &#runtime::__private::#def = {
            use #runtime::__private as __mcp;
            #value
            &__MCP_DEF
        };
    }
}

/// The parameters, the function that binds, and the definition made of both.
fn value(item: &Item, function: &Function) -> TokenStream {
    let code = args::Code::of(item);
    let bind = handler::bind(item, function, &code);
    let args::Code { defaults, params, .. } = &code;
    let count = params.len();
    let (def, variant) = (def_type(item.kind), variant(item.kind));
    let definition = match &item.own {
        Own::Tool(tool) => tool::definition(item, tool, function),
        Own::Resource(resource) => resource::definition(item, resource, &function.sig.ident),
        Own::Prompt => prompt::definition(item, &function.sig.ident),
    };
    let settings = def::common(&item.common);
    quote_spanned! {mixed()=>
        #defaults
        static __MCP_PARAMS: [__mcp::Param; #count] = [#(#params),*];
        #bind
        static __MCP_DEF: __mcp::#def = #definition #settings;
        __mcp::submit! { __mcp::Item::#variant(&__MCP_DEF) }
    }
}

/// What stands for an item with mistakes, so that `tools![…]` does not add to them.
fn stub(item: &Item, function: &Function) -> TokenStream {
    let def = def_type(item.kind);
    let bind = quote_spanned!(mixed()=> |_| ::core::option::Option::None);
    let new = def::new(item, &function.sig.ident, &bind, &quote!([]));
    quote_spanned!(mixed()=> static __MCP_DEF: __mcp::#def = #new;)
}

/// `ToolDef`, `ResourceDef` or `PromptDef`.
fn def_type(kind: Kind) -> Ident {
    format_ident!("{}Def", variant(kind))
}

/// Which `Item` it is.
fn variant(kind: Kind) -> Ident {
    let name = match kind {
        Kind::Tool => "Tool",
        Kind::Resource => "Resource",
        Kind::Prompt => "Prompt",
    };
    Ident::new(name, mixed())
}

/// The name of the constant beside the function `ident`, which `tools![…]` finds again.
fn constant(kind: Kind, ident: &Ident) -> Ident {
    format_ident!("__mcp_{}_{}", kind.word(), ident.unraw(), span = ident.span())
}

fn is_ours(attr: &Attribute) -> bool {
    let last = attr.path().segments.last();
    last.is_some_and(|last| ["tool", "resource", "prompt"].iter().any(|word| last.ident == word))
}
