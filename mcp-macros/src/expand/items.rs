//! `tools![add, math::sub]`: functions, told by their names.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote_spanned};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{ExprPath, Ident, Path, Token, parse_quote_spanned};

use super::def::location;
use super::names::{constant, def_type, mixed};
use crate::errors::Errors;
use crate::model::{Kind, unraw};
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
    // Whether it cannot be found is told by those that need it.
    let runtime = Runtime::found(kind.with_crate(), &Errors::default());
    let definitions: Vec<TokenStream> = paths
        .into_iter()
        .flatten()
        .filter_map(|path| {
            let last = path.path.segments.last()?;
            if !last.arguments.is_none() {
                let word = kind.word();
                errors.on(&path, format!("expected the name of a `#[{word}]` function alone"));
                return None;
            }
            Some(definition(kind, &path, &last.ident, runtime.as_ref()))
        })
        .collect();
    if !errors.is_empty() {
        return errors.to_token_stream();
    }
    if !definitions.is_empty() {
        return quote_spanned!(mixed()=> const { &[#(#definitions),*] as &[_] });
    }
    let def = def_type(kind);
    match runtime {
        Some(runtime) => quote_spanned!(mixed()=> const { &[] as &[&'static #runtime::__private::#def] }),
        None => quote_spanned!(mixed()=> const { &[] as &[_] }),
    }
}

/// The constant beside a function, if it is where the path leads.
///
/// A function that was imported has left its constant behind, and no macro knows. So the constant is looked for in the
/// module by a glob import, in an inner block; only if it is not there, the name means the one in the outer block, which
/// says what function it is, whatever its name. The server finds the definition by that when it is built.
pub(super) fn definition(kind: Kind, path: &ExprPath, ident: &Ident, runtime: Option<&Runtime>) -> TokenStream {
    let (constant, def) = (constant(kind, ident), def_type(kind));
    let mut beside = path.clone();
    if let Some(last) = beside.path.segments.last_mut() {
        last.ident = constant.clone();
    }
    let Some(runtime) = runtime else { return beside.to_token_stream() };
    let Some(module) = module(path) else { return of_type(kind, path, &beside, &constant, runtime) };
    let uri = (kind == Kind::Resource).then(|| quote_spanned!(mixed()=> "",));
    let name = unraw(ident);
    let location = location(ident);
    quote_spanned! {mixed()=> {
        #[allow(non_upper_case_globals, dead_code, deprecated, clippy::items_after_statements)]
        const #constant: &#runtime::__private::#def = {
            use #runtime::__private as __mcp;
            &__mcp::#def::new(#uri #name, |_| ::core::option::Option::None, &[], #location)
                .elsewhere(|| __mcp::function_id(&#path))
        };
        {
            #[allow(unused_imports, clippy::wildcard_imports)]
            use #module::*;
            #constant
        }
    } }
}

/// The constant of a type, beside a function of it. Constants of types cannot be imported, so it is there if the function is marked.
///
/// If not, the name means the constant that a trait has for all types, which comes second. Its own type says what is missing.
fn of_type(kind: Kind, path: &ExprPath, beside: &ExprPath, constant: &Ident, runtime: &Runtime) -> TokenStream {
    if path.qself.as_ref().is_some_and(|qself| qself.position > 0) {
        // The function of a trait, which has no constant.
        return beside.to_token_stream();
    }
    let word = kind.word();
    let marked = format_ident!("marked_{word}", span = beside.span());
    let unmarked = match kind {
        Kind::Tool => "UnmarkedTool",
        Kind::Resource => "UnmarkedResource",
        Kind::Prompt => "UnmarkedPrompt",
    };
    let unmarked = Ident::new(unmarked, mixed());
    let private = quote_spanned!(mixed()=> #runtime::__private);
    let checked = quote_spanned!(beside.span()=> #private::#marked(&#path, #beside));
    quote_spanned! {mixed()=> {
        #[allow(non_upper_case_globals, dead_code)]
        trait __McpUnmarked {
            const #constant: #private::#unmarked = #private::#unmarked;
        }
        impl<T: ?::core::marker::Sized> __McpUnmarked for T {}
        #checked.definition()
    } }
}

/// The module that a path leads into, if it is one, as far as its spelling tells.
pub(super) fn module(path: &ExprPath) -> Option<Path> {
    if path.qself.is_some() || path.path.segments.iter().any(|segment| !segment.arguments.is_none()) {
        return None;
    }
    let mut module = path.path.clone();
    module.segments.pop();
    // Without the `::` that stood before the name.
    module.segments.pop_punct();
    let Some(last) = module.segments.last() else {
        return Some(parse_quote_spanned!(mixed()=> self));
    };
    let is_type = last.ident.to_string().trim_start_matches("r#").starts_with(char::is_uppercase);
    (!is_type).then_some(module)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[test]
    fn a_constant_of_a_type_is_named_and_that_of_a_module_looked_for() {
        let found = list(Kind::Tool, quote!(<[Db]>::buy, Shop::sell, <Shop as Trade>::swap)).to_string();
        for path in [
            quote!((&<[Db]>::buy, <[Db]>::__mcp_tool_buy).definition()),
            quote!((&Shop::sell, Shop::__mcp_tool_sell).definition()),
            quote!(<Shop as Trade>::__mcp_tool_swap),
        ] {
            assert!(found.contains(&path.to_string()), "{found}");
        }
        for (path, module) in
            [(quote!(add), quote!(self)), (quote!(math::r#type), quote!(math)), (quote!(::a::b), quote!(::a))]
        {
            let found = list(Kind::Tool, path).to_string();
            assert!(found.contains(&quote!(use #module::*;).to_string()), "{found}");
        }
    }

    #[test]
    fn anything_but_names_is_refused() {
        assert!(list(Kind::Tool, quote!(add(1))).to_string().contains("compile_error"));
        assert!(list(Kind::Tool, quote!(add::<u8>)).to_string().contains("compile_error"));
    }
}
