//! `default = 3`, or `default` alone: the value of what is left out.

use proc_macro2::Span;
use quote::quote_spanned;
use syn::{Expr, parse_quote};

use super::literal::Literal;
use crate::attr::options::Options;

pub(crate) struct Preset {
    pub(crate) expr: Expr,
    /// Where the word stands that has no value: then the value is what the type's `Default` gives.
    pub(crate) bare: Option<Span>,
}

impl Preset {
    pub(crate) fn read(options: &Options<'_>) -> Option<Self> {
        let Some(word) = options.bare("default") else {
            return Some(Self { expr: options.expr("default")?, bare: None });
        };
        // At the word: there the compiler points if the type has no `Default`.
        let call = quote_spanned!(word.resolved_at(Span::mixed_site())=> ::core::default::Default::default());
        Some(Self { expr: parse_quote!(#call), bare: Some(word) })
    }

    /// `None` if it has to be computed.
    pub(crate) fn literal(&self) -> Option<Literal> {
        Literal::read(&self.expr)
    }
}
