//! `#[resource]`: the definition of a resource or a template.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote_spanned;

use super::def::new;
use super::names::mixed;
use crate::model::media::Annotations;
use crate::model::{Item, Resource};

pub(super) fn definition(item: &Item, resource: &Resource, ident: &Ident) -> TokenStream {
    let bind = quote_spanned!(mixed()=> __mcp_bind);
    let params = quote_spanned!(mixed()=> __MCP_PARAMS);
    let new = new(item, ident, &bind, &params);

    let mime = resource.mime.iter();
    let size = resource.size.map(Literal::u64_unsuffixed).into_iter();
    let annotations = resource.annotations.iter().map(annotations);
    quote_spanned! {mixed()=>
        #new #(.mime(#mime))* #(.size(#size))* #(.annotations(#annotations))*
    }
}

fn annotations(annotations: &Annotations) -> TokenStream {
    let Annotations { audience, priority, last_modified } = annotations;
    let audience = (!audience.is_empty()).then(|| quote_spanned!(mixed()=> .audience(&[#(#audience),*])));
    let priority = priority.map(Literal::f64_unsuffixed).into_iter();
    let last_modified = last_modified.iter();
    quote_spanned! {mixed()=>
        __mcp::Annotations::new() #audience #(.priority(#priority))*
            #(.last_modified(#last_modified))*
    }
}
