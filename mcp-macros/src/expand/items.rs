//! `tools![add, math::sub]`: functions, told by their names.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{ExprPath, Token};

use super::{constant, def_type, mixed};
use crate::errors::Errors;
use crate::model::Kind;
use crate::runtime::Runtime;

/// Expands `tools![…]`, `resources![…]` or `prompts![…]`.
pub(crate) fn list(kind: Kind, paths: TokenStream) -> TokenStream {
    let errors = Errors::default();
    let paths = Punctuated::<ExprPath, Token![,]>::parse_terminated.parse2(paths);
    let paths = errors.ok(paths.map_err(|error| {
        let word = kind.word();
        let wish = format!("`{word}s!` takes names of functions: write `{word}s![one, other::two]`");
        syn::Error::new(error.span(), wish)
    }));
    let constants: Vec<ExprPath> = paths
        .into_iter()
        .flatten()
        .filter_map(|mut path| {
            let last = path.path.segments.last_mut()?;
            if !last.arguments.is_none() {
                let word = kind.word();
                errors.on(&path, format!("expected the name of a `#[{word}]` function alone"));
                return None;
            }
            last.ident = constant(kind, &last.ident);
            Some(path)
        })
        .collect();
    if !errors.is_empty() {
        return errors.to_token_stream();
    }
    if !constants.is_empty() {
        // Their type is theirs: the runtime need not be named, wherever it is.
        return quote_spanned!(mixed()=> const { &[#(#constants),*] as &[_] });
    }
    let def = def_type(kind);
    match Runtime::found(kind.with_crate(), &errors) {
        Some(runtime) => quote_spanned!(mixed()=> const { &[] as &[&'static #runtime::__private::#def] }),
        None => quote_spanned!(mixed()=> const { &[] as &[_] }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn the_last_segment_becomes_the_constant() {
        let found = list(Kind::Tool, quote!(add, math::r#type, <Shop>::buy,)).to_string();
        let expected = quote! {
            const { &[__mcp_tool_add, math::__mcp_tool_type, <Shop>::__mcp_tool_buy] as &[_] }
        };
        assert_eq!(found, expected.to_string());
    }

    #[test]
    fn anything_but_names_is_refused() {
        assert!(list(Kind::Tool, quote!(add(1))).to_string().contains("compile_error"));
        assert!(list(Kind::Tool, quote!(add::<u8>)).to_string().contains("compile_error"));
    }
}
