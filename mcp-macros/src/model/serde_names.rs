//! The names that `#[serde(rename = "…", rename_all = "…")]` gives. A type that is a form and serializes has one set of names.

use syn::meta::ParseNestedMeta;
use syn::{Attribute, Expr, LitStr, Token, token};

/// What serde is told under this key, for reading where that differs from writing. What is wrong is serde's to tell.
pub(super) fn text(attrs: &[Attribute], key: &str) -> Option<LitStr> {
    let mut found = None;
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("serde")) {
        let _ = attr.parse_nested_meta(|meta| {
            if !meta.path.is_ident(key) {
                return skip(&meta);
            }
            if meta.input.peek(token::Paren) {
                return meta.parse_nested_meta(|side| {
                    if side.path.is_ident("deserialize") {
                        found = Some(side.value()?.parse()?);
                        return Ok(());
                    }
                    skip(&side)
                });
            }
            found = Some(meta.value()?.parse()?);
            Ok(())
        });
    }
    found
}

/// Passes over the value of another key.
fn skip(meta: &ParseNestedMeta<'_>) -> syn::Result<()> {
    if meta.input.peek(Token![=]) {
        meta.value()?.parse::<Expr>()?;
    } else if meta.input.peek(token::Paren) {
        meta.parse_nested_meta(|inner| skip(&inner))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn names_are_found_among_whatever_else_serde_is_told() {
        let of = |attrs: &[Attribute], key| text(attrs, key).map(|text| text.value());
        let attrs = [
            parse_quote!(#[doc = "x"]),
            parse_quote!(#[serde(default, skip_serializing_if = "Option::is_none", bound(serialize = "T: X"))]),
            parse_quote!(#[serde(tag = "kind", rename_all = "lowercase", rename(serialize = "a", deserialize = "b"))]),
        ];
        assert_eq!(of(&attrs, "rename_all").as_deref(), Some("lowercase"));
        assert_eq!(of(&attrs, "rename").as_deref(), Some("b"));
        assert_eq!(of(&attrs[..2], "rename"), None);
    }
}
