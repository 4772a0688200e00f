//! The names of what is generated.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;

use crate::model::Kind;

/// Hygienic for locals; located at the attribute.
pub(super) fn mixed() -> Span {
    Span::mixed_site()
}

/// `ToolDef`, `ResourceDef` or `PromptDef`.
pub(super) fn def_type(kind: Kind) -> Ident {
    format_ident!("{}Def", variant(kind))
}

/// Which `Item` it is.
pub(super) fn variant(kind: Kind) -> Ident {
    let name = match kind {
        Kind::Tool => "Tool",
        Kind::Resource => "Resource",
        Kind::Prompt => "Prompt",
    };
    Ident::new(name, mixed())
}

/// The name of the constant beside the function `ident`, which `tools![…]` finds again.
pub(super) fn constant(kind: Kind, ident: &Ident) -> Ident {
    format_ident!("__mcp_{}_{}", kind.word(), ident.unraw(), span = ident.span())
}
