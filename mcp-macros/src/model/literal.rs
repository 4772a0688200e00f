//! Literals that we understand, so that we can say more about them than rustc would.

use syn::{Expr, ExprLit, ExprUnary, Lit, UnOp};

/// A literal as written, negative numbers included.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Literal {
    Text(String),
    Bool(bool),
    Char(char),
    /// Digits and sign, without underscores and suffix.
    Int(String),
    Float(String),
}

impl Literal {
    /// `None` if the expression is anything but a literal.
    pub(crate) fn read(expr: &Expr) -> Option<Self> {
        match expr {
            Expr::Group(group) => Self::read(&group.expr),
            Expr::Lit(ExprLit { lit, .. }) => Self::of(lit, ""),
            Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match &**expr {
                Expr::Lit(ExprLit { lit: lit @ (Lit::Int(_) | Lit::Float(_)), .. }) => Self::of(lit, "-"),
                _ => None,
            },
            _ => None,
        }
    }

    pub(crate) fn of(lit: &Lit, sign: &str) -> Option<Self> {
        match lit {
            Lit::Str(text) => Some(Literal::Text(text.value())),
            Lit::Bool(bool) => Some(Literal::Bool(bool.value)),
            Lit::Char(char) => Some(Literal::Char(char.value())),
            Lit::Int(int) if int.suffix().starts_with('f') => {
                Some(Literal::Float(format!("{sign}{}", int.base10_digits())))
            }
            Lit::Int(int) => Some(Literal::Int(format!("{sign}{}", int.base10_digits()))),
            Lit::Float(float) => Some(Literal::Float(format!("{sign}{}", float.base10_digits()))),
            _ => None,
        }
    }

    /// With its article, for messages.
    pub(crate) fn called(&self) -> &'static str {
        match self {
            Literal::Text(_) => "a text",
            Literal::Bool(_) => "a bool",
            Literal::Char(_) => "a character",
            Literal::Int(_) => "an integer",
            Literal::Float(_) => "a float",
        }
    }

    pub(crate) fn number(&self) -> Option<f64> {
        match self {
            Literal::Int(digits) | Literal::Float(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The same value in JSON.
    pub(crate) fn json(&self) -> String {
        match self {
            Literal::Text(text) => quoted(text),
            Literal::Char(char) => quoted(&char.to_string()),
            Literal::Bool(bool) => bool.to_string(),
            Literal::Int(digits) => digits.clone(),
            // Rust writes floats that JSON does not know, such as `1.`.
            Literal::Float(digits) => match digits.parse::<f64>() {
                Ok(number) if number.is_finite() => format!("{number:?}"),
                _ => "null".to_owned(),
            },
        }
    }
}

/// A JSON string.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            control if control < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(control))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[track_caller]
    fn check(expr: Expr, json: Option<&str>) {
        assert_eq!(Literal::read(&expr).map(|literal| literal.json()).as_deref(), json);
    }

    #[test]
    fn literals_become_json() {
        check(parse_quote!(1_000u64), Some("1000"));
        check(parse_quote!(-0x10), Some("-16"));
        check(parse_quote!(1.), Some("1.0"));
        check(parse_quote!(-2f64), Some("-2.0"));
        check(parse_quote!(true), Some("true"));
        check(parse_quote!('x'), Some("\"x\""));
        check(parse_quote!("a \"b\"\n\u{1}"), Some(r#""a \"b\"\n\u0001""#));
    }

    #[test]
    fn other_expressions_are_left_to_the_compiler() {
        check(parse_quote!(LIMIT), None);
        check(parse_quote!(1 + 2), None);
        check(parse_quote!(b"bytes"), None);
    }
}
