//! The definition itself: `ToolDef::new(…)` and the settings that every kind has.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::names::{def_type, mixed};
use crate::model::consent::Consent;
use crate::model::media::Icon;
use crate::model::{Common, Item, Own};

/// `ToolDef::new(…)` and its likes.
pub(super) fn new(item: &Item, ident: &Ident, bind: &TokenStream, params: &TokenStream) -> TokenStream {
    let def = def_type(item.kind);
    let uri = match &item.own {
        Own::Resource(resource) => Some(&resource.uri),
        _ => None,
    }
    .into_iter();
    let name = &item.common.name;
    let location = location(ident);
    quote_spanned!(mixed()=> __mcp::#def::new(#(#uri,)* #name, #bind, &#params, #location))
}

pub(super) fn location(ident: &Ident) -> TokenStream {
    let (line, column) = if proc_macro::is_available() {
        let start = ident.span().unwrap().start();
        let number = |number: usize| Literal::usize_unsuffixed(number).into_token_stream();
        (number(start.line()), number(start.column()))
    } else {
        (quote!(::core::line!()), quote!(::core::column!()))
    };
    quote_spanned! {mixed()=> __mcp::Location {
        file: ::core::file!(),
        line: #line,
        column: #column,
        module: ::core::module_path!(),
    } }
}

/// The settings that every kind has.
pub(super) fn common(common: &Common) -> TokenStream {
    let set = |name: &str, value: Option<TokenStream>| {
        let name = format_ident!("{name}", span = mixed());
        value.map(|value| quote_spanned!(mixed()=> .#name(#value)))
    };
    let list = |items: Vec<TokenStream>| (!items.is_empty()).then(|| quote_spanned!(mixed()=> &[#(#items),*]));
    let icons = common.icons.iter().map(icon).collect();
    let tags = common.tags.iter().map(ToTokens::to_token_stream).collect();
    let settings = [
        set("title", common.title.as_ref().map(ToTokens::to_token_stream)),
        set("docs", common.docs.clone()),
        set("icons", list(icons)),
        set("tags", list(tags)),
        set("meta", common.meta.as_ref().map(ToTokens::to_token_stream)),
        set("timeout_ms", common.timeout_ms.map(|ms| Literal::u64_unsuffixed(ms).into_token_stream())),
        set("cache_ms", common.cache_ms.map(|ms| Literal::u64_unsuffixed(ms).into_token_stream())),
        set("group", common.group.as_ref().map(group)),
    ];
    let consent = common.consent.as_ref().map(consent);
    settings.into_iter().flatten().chain(consent).collect()
}

/// What asks before it runs is named here, so that a program without it is not linked with it.
fn consent(consent: &Consent) -> TokenStream {
    match consent {
        Consent::Asked(None) => quote_spanned!(mixed()=> .consent(__mcp::ASKING, ::core::option::Option::None)),
        Consent::Asked(Some(text)) => {
            quote_spanned!(mixed()=> .consent(__mcp::ASKING, ::core::option::Option::Some(#text)))
        }
        Consent::Never => quote_spanned!(mixed()=> .no_consent()),
    }
}

/// With its type beside it, so that another type is a mistake at the path and not at the setter.
///
/// Groups are told apart by their addresses, and each use of a `const` has another: the group would be empty. Only a place,
/// such as a static, has an address of its own to be taken, so a `const` is a mistake at the path, too. The compiler calls it
/// "a temporary"; the name of the macro, which it adds, is the only way to say what to write.
fn group(path: &syn::Path) -> TokenStream {
    let typed = quote_spanned!(path.span()=> &'static __mcp::Group = &#path);
    let place = quote_spanned!(path.span()=> &raw const #path);
    quote_spanned! {mixed()=> {
        macro_rules! write_static_instead_of_const { () => { #place } }
        let _ = write_static_instead_of_const!();
        let group: #typed;
        group
    } }
}

fn icon(icon: &Icon) -> TokenStream {
    let Icon { src, mime, sizes, theme } = icon;
    let mime = mime.iter();
    let theme = theme.iter();
    let sizes = (!sizes.is_empty()).then(|| quote_spanned!(mixed()=> .sizes(&[#(#sizes),*])));
    quote_spanned!(mixed()=> __mcp::Icon::new(#src) #(.mime(#mime))* #sizes #(.theme(#theme))*)
}
