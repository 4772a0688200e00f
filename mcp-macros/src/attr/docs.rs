//! Doc comments, as the description they become.

use proc_macro2::TokenStream;
use quote::quote;
use syn::{Attribute, Expr, Lit, Meta};

/// The doc comment among `attrs` as one constant text, `None` if there is none.
///
/// `#[doc = include_str!("…")]` works as well: what is not a literal is left to
/// `concat!`.
pub(crate) fn read(attrs: &[Attribute]) -> Option<TokenStream> {
    let values: Vec<&Expr> = attrs.iter().filter_map(value).collect();
    let literals: Option<Vec<String>> = values.iter().map(|value| literal(value)).collect();

    let Some(lines) = literals else {
        return Some(quote!(::core::concat!(#(#values, "\n"),*)));
    };
    let text = tidy(&lines.join("\n"));
    (!text.is_empty()).then(|| quote!(#text))
}

fn value(attr: &Attribute) -> Option<&Expr> {
    match &attr.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => Some(&doc.value),
        _ => None,
    }
}

fn literal(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(expr) => match &expr.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

/// Without the indentation all lines share, and without blank lines around.
fn tidy(text: &str) -> String {
    let indent = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start().len())
        .min()
        .unwrap_or(0);
    let lines: Vec<&str> = text.lines().map(|line| line.get(indent..).unwrap_or("").trim_end()).collect();
    lines.join("\n").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[track_caller]
    fn check(attrs: &[Attribute], expected: &str) {
        assert_eq!(read(attrs).unwrap_or_default().to_string(), expected);
    }

    #[test]
    fn lines_lose_their_common_indentation_only() {
        check(
            &[parse_quote!(#[doc = " Adds."]), parse_quote!(#[doc = ""]), parse_quote!(#[doc = "   - a list"])],
            r#""Adds.\n\n  - a list""#,
        );
    }

    #[test]
    fn other_attributes_are_not_docs() {
        check(&[parse_quote!(#[doc(hidden)]), parse_quote!(#[must_use])], "");
    }

    #[test]
    fn an_included_file_is_left_to_concat() {
        check(&[parse_quote!(#[doc = include_str!("a.md")])], r#":: core :: concat ! (include_str ! ("a.md") , "\n")"#);
    }
}
