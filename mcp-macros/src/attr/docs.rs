//! Doc comments, as the description they become: the text that rustdoc shows.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Lit, Meta, Token};

/// The doc comment among `attrs` as one constant text, `None` if there is none.
///
/// `#[doc = include_str!("…")]` works as well: what only the compiler can read is left to `concat!`.
pub(crate) fn read(attrs: &[Attribute]) -> Option<TokenStream> {
    let mut parts: Vec<Part> = attrs.iter().filter_map(value).map(Part::read).collect();
    unindent(&mut parts);
    let texts: Option<Vec<&str>> = parts.iter().map(Part::text).collect();
    if let Some(texts) = texts {
        let text = texts.join("\n");
        let text = text.trim();
        return (!text.is_empty()).then(|| quote!(#text));
    }
    let parts = parts.iter().map(|part| match part {
        Part::Text { text, .. } => text.to_token_stream(),
        Part::Other(expr) => expr.to_token_stream(),
    });
    Some(quote!(__mcp::trimmed(::core::concat!(#(#parts, "\n"),*))))
}

/// What one attribute gives.
enum Part {
    Text {
        text: String,
        /// Whether it is a `///` or `/** */` comment: there a blank follows the slashes.
        is_comment: bool,
    },
    /// A macro that is not ours to expand.
    Other(Expr),
}

impl Part {
    fn read(value: &Expr) -> Self {
        let Some(text) = literal(value) else { return Part::Other(value.clone()) };
        // A comment is a literal to us; its place in the source is that of the comment. Where the source is not to be
        // had, a text without blank at its start was not written behind slashes.
        let source = value.span().source_text();
        let is_block = match &source {
            Some(source) => source.starts_with("/*"),
            None => text.contains('\n') && starred(&text).is_some(),
        };
        let is_comment = match &source {
            Some(source) => source.starts_with('/'),
            None => text.starts_with(char::is_whitespace),
        };
        let text = if is_block { unstarred(&text) } else { text };
        Part::Text { text, is_comment }
    }

    fn text(&self) -> Option<&str> {
        match self {
            Part::Text { text, .. } => Some(text),
            Part::Other(_) => None,
        }
    }
}

fn value(attr: &Attribute) -> Option<&Expr> {
    match &attr.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => Some(&doc.value),
        _ => None,
    }
}

/// The text of a literal, or of a `concat!` of literals.
fn literal(value: &Expr) -> Option<String> {
    match value {
        Expr::Group(group) => literal(&group.expr),
        Expr::Lit(expr) => match &expr.lit {
            Lit::Str(text) => Some(text.value()),
            Lit::Char(char) => Some(char.value().into()),
            Lit::Bool(bool) => Some(bool.value.to_string()),
            Lit::Int(int) => Some(int.base10_digits().to_owned()),
            Lit::Float(float) => Some(float.base10_digits().to_owned()),
            _ => None,
        },
        Expr::Macro(call) if call.mac.path.segments.last().is_some_and(|last| last.ident == "concat") => {
            let parts = Punctuated::<Expr, Token![,]>::parse_terminated.parse2(call.mac.tokens.clone()).ok()?;
            parts.iter().map(literal).collect()
        }
        _ => None,
    }
}

/// Takes off the indentation that all lines share, counted in characters: a no-break space is one, and more than one byte.
/// Blanks at the ends of lines go, too.
fn unindent(parts: &mut [Part]) {
    let comments = parts.iter().any(|part| matches!(part, Part::Text { is_comment: true, .. }));
    // `#[doc = "…"]` beside comments is written without the blank that follows their slashes.
    let missing = |is_comment: bool| usize::from(comments && !is_comment);
    let indent = |line: &str| line.chars().take_while(|c| c.is_whitespace()).count();
    let lines = parts.iter().flat_map(|part| match part {
        Part::Text { text, is_comment } => text.lines().map(|line| (line, missing(*is_comment))).collect(),
        Part::Other(_) => Vec::new(),
    });
    let common = lines.filter(|(line, _)| !line.trim().is_empty()).map(|(line, more)| indent(line) + more).min();
    let common = common.unwrap_or(0);
    for part in parts {
        let Part::Text { text, is_comment } = part else { continue };
        let cut = common.saturating_sub(missing(*is_comment));
        let lines: Vec<&str> = text.lines().map(|line| without(line, cut).trim_end()).collect();
        *text = lines.join("\n");
    }
}

/// A line without its first `count` characters, of which blank lines may have fewer.
fn without(line: &str, count: usize) -> &str {
    line.char_indices().nth(count).map_or("", |(at, _)| &line[at..])
}

/// The text of `/** … */`, without the stars that its lines begin with.
fn unstarred(text: &str) -> String {
    let only_stars = |line: &&str| line.trim().chars().all(|c| c == '*');
    let Some(column) = starred(text) else {
        let mut lines: Vec<&str> = text.lines().collect();
        if lines.len() > 1 && lines.last().is_some_and(only_stars) {
            lines.pop();
        }
        return lines.join("\n");
    };
    let lines: Vec<&str> = text.lines().collect();
    let last = lines.len().saturating_sub(1);
    let lines = lines.iter().enumerate().filter_map(|(place, line)| match place {
        // It stands behind the slash and the stars, unless there is nothing.
        0 => (!only_stars(line)).then_some(*line),
        _ if place == last && only_stars(line) => None,
        _ => Some(line.get(column + 1..).unwrap_or_default()),
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The column of the star that every line but the first begins with, if they all do and it is the same in all.
fn starred(text: &str) -> Option<usize> {
    let mut lines: Vec<&str> = text.lines().skip(1).collect();
    if lines.last().is_some_and(|line| line.trim().is_empty()) {
        lines.pop();
    }
    let star = |line: &str| {
        let column = line.find('*')?;
        line[..column].chars().all(|c| matches!(c, ' ' | '\t')).then_some(column)
    };
    let first = lines.first().copied().and_then(star)?;
    lines.iter().all(|line| star(line) == Some(first)).then_some(first)
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[track_caller]
    fn check(attrs: &[Attribute], expected: &str) {
        assert_eq!(read(attrs).unwrap_or_default().to_string(), expected);
    }

    #[track_caller]
    fn check_text(text: &str, expected: &str) {
        check(&[parse_quote!(#[doc = #text])], &format!("{expected:?}"));
    }

    #[test]
    fn lines_lose_their_common_indentation_only() {
        check(
            &[parse_quote!(#[doc = " Adds."]), parse_quote!(#[doc = ""]), parse_quote!(#[doc = "   - a list"])],
            r#""Adds.\n\n  - a list""#,
        );
    }

    #[test]
    fn indentation_is_counted_in_characters() {
        check(
            &[
                parse_quote!(#[doc = " One."]),
                parse_quote!(#[doc = "\u{a0}Two."]),
                parse_quote!(#[doc = "\u{3000}Three."]),
                parse_quote!(#[doc = "\u{2003}\u{2003}Four."]),
            ],
            r#""One.\nTwo.\nThree.\n\u{2003}Four.""#,
        );
    }

    #[test]
    fn the_stars_of_a_comment_are_no_text() {
        check_text("\n * One.\n *\n *  - two\n ", "One.\n\n - two");
        check_text(" One.\n * Two.\n", "One.\nTwo.");
        check_text("*****\n * One.\n ***", "One.");
        check_text("\r\n\t* One.\r\n\t* **Two**.\r\n\t", "One.\n**Two**.");
        check_text("\n   One.\n     Two.\n", "One.\n  Two.");
        check_text("\n * One.\n two\n", "* One.\ntwo");
        check_text(" One.", "One.");
    }

    #[test]
    fn other_attributes_are_not_docs() {
        check(&[parse_quote!(#[doc(hidden)]), parse_quote!(#[must_use])], "");
    }

    #[test]
    fn literals_that_are_put_together_are_text() {
        check(
            &[parse_quote!(#[doc = " One."]), parse_quote!(#[doc = concat!("Two ", 2, '.', "\nThree.")])],
            r#""One.\nTwo 2.\nThree.""#,
        );
    }

    #[test]
    fn an_included_file_is_left_to_concat() {
        check(
            &[parse_quote!(#[doc = " One."]), parse_quote!(#[doc = include_str!("a.md")])],
            r#"__mcp :: trimmed (:: core :: concat ! ("One." , "\n" , include_str ! ("a.md") , "\n"))"#,
        );
    }
}
