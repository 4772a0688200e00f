//! `#[prompt]`: the definition of a prompt, which has nothing of its own.

use proc_macro2::{Ident, TokenStream};
use quote::quote_spanned;

use super::def::new;
use super::names::mixed;
use crate::model::Item;

pub(super) fn definition(item: &Item, ident: &Ident) -> TokenStream {
    let bind = quote_spanned!(mixed()=> __mcp_bind);
    let params = quote_spanned!(mixed()=> __MCP_PARAMS);
    new(item, ident, &bind, &params)
}
