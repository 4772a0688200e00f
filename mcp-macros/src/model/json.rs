//! JSON written as Rust tokens: `{ "key": [1, true, null] }`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::Lit;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Token};

use super::literal::{Literal, quoted};

/// The object in `tokens` as JSON text. The error stands at the token that is no JSON.
pub(crate) fn object(tokens: &TokenStream) -> syn::Result<String> {
    let parser = |input: ParseStream<'_>| {
        if !input.peek(syn::token::Brace) {
            return Err(input.error(r#"expected an object: write `{ "example.com/key": 1 }`"#));
        }
        value(input)
    };
    parser.parse2(tokens.clone())
}

fn value(input: ParseStream<'_>) -> syn::Result<String> {
    let wish = "expected JSON: a text, a number, `true`, `false`, `null`, `[…]` or `{…}`";
    if input.peek(Token![-]) {
        input.parse::<Token![-]>()?;
        let lit: Lit = input.parse()?;
        return match Literal::of(&lit, "-") {
            Some(number @ (Literal::Int(_) | Literal::Float(_))) => Ok(number.json()),
            _ => Err(syn::Error::new(lit.span(), wish)),
        };
    }
    if input.peek(Lit) {
        let lit: Lit = input.parse()?;
        return match Literal::of(&lit, "") {
            Some(Literal::Char(_)) | None => Err(syn::Error::new(lit.span(), wish)),
            Some(literal) => Ok(literal.json()),
        };
    }
    match input.parse::<TokenTree>()? {
        TokenTree::Ident(word) if word == "null" => Ok("null".to_owned()),
        TokenTree::Group(group) => match group.delimiter() {
            Delimiter::Brace => Ok(format!("{{{}}}", list(entry, group.stream())?)),
            Delimiter::Bracket => Ok(format!("[{}]", list(value, group.stream())?)),
            _ => Err(syn::Error::new(group.span(), wish)),
        },
        other => Err(syn::Error::new(other.span(), wish)),
    }
}

fn entry(input: ParseStream<'_>) -> syn::Result<String> {
    if !input.peek(LitStr) {
        let bare = input.fork().call(Ident::parse_any);
        let key = bare.map_or_else(|_| "key".to_owned(), |bare| bare.to_string());
        return Err(input.error(format!("a key is a text in quotes: write `\"{key}\": …`")));
    }
    let key: LitStr = input.parse()?;
    input.parse::<Token![:]>()?;
    if input.is_empty() {
        return Err(input.error("expected a value: write `\"key\": 1`"));
    }
    Ok(format!("{}:{}", quoted(&key.value()), value(input)?))
}

fn list(element: fn(ParseStream<'_>) -> syn::Result<String>, tokens: TokenStream) -> syn::Result<String> {
    let parser = |input: ParseStream<'_>| {
        let mut elements = Vec::new();
        while !input.is_empty() {
            elements.push(element(input)?);
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
        }
        Ok(elements.join(","))
    };
    parser.parse2(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[track_caller]
    fn check(tokens: TokenStream, expected: &str) {
        let found = object(&tokens).unwrap_or_else(|error| error.to_string());
        assert_eq!(found, expected);
    }

    #[test]
    fn tokens_become_the_text_they_look_like() {
        check(
            quote!({ "a/b": [1, -2.5, true, null], "c": { "d": "e\"" }, }),
            r#"{"a/b":[1,-2.5,true,null],"c":{"d":"e\""}}"#,
        );
        check(quote!({}), "{}");
    }

    #[test]
    fn what_is_no_json_is_named() {
        check(quote!([1]), r#"expected an object: write `{ "example.com/key": 1 }`"#);
        check(quote!({ a: 1 }), r#"a key is a text in quotes: write `"a": …`"#);
        check(quote!({ 1: 1 }), r#"a key is a text in quotes: write `"key": …`"#);
        let wish = "expected JSON: a text, a number, `true`, `false`, `null`, `[…]` or `{…}`";
        check(quote!({ "a": LIMIT }), wish);
        check(quote!({ "a": }), "unexpected end of input, expected a value: write `\"key\": 1`");
        check(quote!({ "a": 'x' }), wish);
    }
}
