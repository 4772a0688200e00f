//! `#[tool]`: the definition of a tool.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{quote, quote_spanned};
use syn::ReturnType;
use syn::spanned::Spanned;

use super::def::new;
use super::names::mixed;
use crate::attr::function::Function;
use crate::model::output::Output;
use crate::model::param::Role;
use crate::model::{Item, Tool, types};

pub(super) fn definition(item: &Item, tool: &Tool, function: &Function) -> TokenStream {
    let bind = quote_spanned!(mixed()=> __mcp_bind);
    let params = quote_spanned!(mixed()=> __MCP_PARAMS);
    let new = new(item, &function.sig.ident, &bind, &params);

    let flatten = item.params.iter().filter(|param| matches!(param.role, Role::Flat)).map(|param| {
        let ty = types::elided(&param.ty, "'_");
        let schema = quote_spanned!(param.ty.span()=> <#ty as __mcp::FlatArgument>::schema);
        quote_spanned!(mixed()=> .flatten(#schema))
    });
    let input = tool.input.iter().map(|schema| quote_spanned!(mixed()=> .input(|| __mcp::schema_text(#schema))));
    let exact = tool.exact_schema.then(|| quote_spanned!(mixed()=> .exact_schema()));
    let returned = (!matches!(tool.output, Output::Off)).then(|| {
        let ty = match &function.sig.output {
            ReturnType::Default => quote!(()),
            ReturnType::Type(_, ty) => types::elided(ty, "'_"),
        };
        quote_spanned!(mixed()=> .output(|| __mcp::output_schema!(#ty)))
    });
    let given = match &tool.output {
        Output::Returned | Output::Off => None,
        Output::Of(ty) => {
            // At the type, so that the compiler points there if it has no schema.
            let schema = quote_spanned!(ty.span()=> <#ty as __mcp::OutputType>::schema);
            Some(quote_spanned!(mixed()=> .output_of(#schema)))
        }
        Output::Given(schema) => Some(quote_spanned!(mixed()=> .output_text(|| __mcp::schema_text(#schema)))),
    };
    let flags = [
        ("read_only", tool.read_only),
        ("destructive", tool.destructive),
        ("idempotent", tool.idempotent),
        ("open_world", tool.open_world),
    ];
    let flags = flags.into_iter().filter_map(|(name, flag)| {
        let (name, on) = (Ident::new(name, mixed()), flag?.on);
        Some(quote_spanned!(mixed()=> .#name(#on)))
    });
    let cost = tool.cost.map(|cost| {
        let cost = Literal::u32_unsuffixed(cost);
        quote_spanned!(mixed()=> .cost(#cost))
    });
    quote!(#new #(#flatten)* #(#input)* #exact #returned #given #(#flags)* #cost)
}
