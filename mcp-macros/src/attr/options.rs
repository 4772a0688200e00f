//! `name = "add", read_only, range(1..=10)`: the options in one pair of brackets.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, ExprArray, Ident, Lit, LitStr, Meta, Token, Type, token};

use super::suggest::{closest, did_you_mean};
use super::{Known, Place};
use crate::errors::Errors;

/// The options that could be read; the others are noted in `errors` already.
pub(crate) struct Options<'e> {
    place: Place,
    written: Vec<Written>,
    pub(crate) errors: &'e Errors,
}

struct Written {
    name: Ident,
    value: Value,
}

enum Value {
    /// `read_only`
    Word,
    /// `title = …`
    Is(TokenStream),
    /// `range(…)`
    List(TokenStream),
}

/// `read_only`, `read_only = true` or `read_only = false`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Flag {
    pub(crate) on: bool,
    pub(crate) word: Span,
    /// Which option it is, counted as written.
    pub(crate) nth: usize,
}

impl<'e> Options<'e> {
    pub(crate) fn read(place: Place, tokens: TokenStream, errors: &'e Errors) -> Self {
        let mut options = Self { place, written: Vec::new(), errors };
        options.extend(tokens);
        options
    }

    /// Reads those of several attributes, such as two `#[arg(…)]` on the same parameter.
    pub(crate) fn of<'a>(place: Place, attrs: impl Iterator<Item = &'a Attribute>, errors: &'e Errors) -> Self {
        let mut options = Self::read(place, TokenStream::new(), errors);
        for attr in attrs {
            match &attr.meta {
                Meta::Path(_) => {}
                Meta::List(list) => options.extend(list.tokens.clone()),
                Meta::NameValue(pair) => {
                    let name = attr.path().to_token_stream();
                    let example = Known::of(place).next().map_or("", |known| known.written);
                    errors.on(pair, format!("options go in parentheses: write `#[{name}({example})]`"));
                }
            }
        }
        options
    }

    fn extend(&mut self, tokens: TokenStream) {
        let all = |input: ParseStream<'_>| {
            while !input.is_empty() {
                match self.one(input) {
                    Ok(written) => self.admit(written),
                    Err(error) => {
                        self.errors.add(error);
                        skip_to_comma(input);
                    }
                }
                if !input.is_empty() {
                    input.parse::<Token![,]>()?;
                }
            }
            Ok(())
        };
        let done = all.parse2(tokens);
        self.errors.ok(done);
    }

    fn one(&self, input: ParseStream<'_>) -> syn::Result<Written> {
        if !input.peek(Ident::peek_any) {
            return Err(self.no_name(input));
        }
        let name = input.call(Ident::parse_any)?;
        let value = if input.peek(Token![=]) {
            input.parse::<Token![=]>()?;
            self.value_of(&name, input)?
        } else if input.peek(token::Paren) {
            let list;
            syn::parenthesized!(list in input);
            Value::List(list.parse()?)
        } else {
            Value::Word
        };
        if !input.is_empty() && !input.peek(Token![,]) {
            return Err(input.error(format!("expected a comma after the option `{name}`")));
        }
        Ok(Written { name, value })
    }

    fn value_of(&self, name: &Ident, input: ParseStream<'_>) -> syn::Result<Value> {
        if input.is_empty() || input.peek(Token![,]) {
            return Err(syn::Error::new(name.span(), self.form(name, "needs a value")));
        }
        // `{ "key": 1 }` is no expression, though JSON.
        if input.peek(token::Brace) {
            return Ok(Value::Is(input.parse::<TokenTree>()?.into()));
        }
        // `HashMap<String, u64>` is no expression, though a type that a schema can be made of.
        if name == "output" && is_type(input) {
            return Ok(Value::Is(input.parse::<Type>()?.into_token_stream()));
        }
        Ok(Value::Is(input.parse::<Expr>()?.into_token_stream()))
    }

    fn no_name(&self, input: ParseStream<'_>) -> syn::Error {
        if input.peek(LitStr) && Known::find("name").is_some_and(|n| n.places.contains(&self.place)) {
            let text = input.fork().parse::<LitStr>().map(|text| text.value()).unwrap_or_default();
            return input.error(format!("every option has a name: write `name = {text:?}`"));
        }
        let example = Known::of(self.place).next().map_or("", |known| known.written);
        input.error(format!("expected an option, such as `{example}`"))
    }

    /// Keeps an option if it may stand here and does so for the first time.
    fn admit(&mut self, written: Written) {
        let name = written.name.to_string();
        if self.written.iter().any(|other| other.name == name) {
            return self.errors.at(written.name.span(), format!("`{name}` is here twice; keep one"));
        }
        if Known::of(self.place).any(|known| known.name == name) {
            return self.written.push(written);
        }
        let message = self.ungrouped(&written).unwrap_or_else(|| self.unknown(&name));
        self.errors.at(written.name.span(), message);
    }

    /// What to write instead of `annotations(read_only_hint = true)`, where each of them is an option.
    fn ungrouped(&self, written: &Written) -> Option<String> {
        let Value::List(tokens) = &written.value else { return None };
        let words = tokens.clone().into_iter().filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word.to_string()),
            _ => None,
        });
        let own: Vec<&str> =
            words.filter_map(|word| closest(&word, Known::of(self.place).map(|known| known.name))).collect();
        (written.name == "annotations" && !own.is_empty()).then(|| {
            format!("each of them is an option by itself: write `{}` without `annotations(…)`", own.join(", "))
        })
    }

    fn unknown(&self, name: &str) -> String {
        let here = self.place.called();
        if name == "description"
            && let Some(documented) = self.place.documented()
        {
            return format!("{documented} has its doc comment as its description: write `/// …` above it");
        }
        if let Some(known) = Known::find(name) {
            let places: Vec<&str> = known.places.iter().map(|place| place.called()).collect();
            return format!("`{name}` is for {}, and this is {here}", places.join(" and "));
        }
        let names = || Known::of(self.place).map(|known| known.name);
        let hint = did_you_mean(name, names())
            .unwrap_or_else(|| format!("; {here} knows {}", names().collect::<Vec<_>>().join(", ")));
        format!("unknown option `{name}`{hint}")
    }

    fn form(&self, name: &Ident, wish: &str) -> String {
        let written = Known::find(&name.to_string()).map_or("", |known| known.written);
        format!("`{name}` {wish}: write `{written}`")
    }

    /// Where the word stands, if it was written.
    pub(crate) fn word(&self, name: &str) -> Option<Span> {
        self.find(name).map(|written| written.name.span())
    }

    /// Where the word stands, if it was written without a value.
    pub(crate) fn bare(&self, name: &str) -> Option<Span> {
        let written = self.find(name)?;
        matches!(written.value, Value::Word).then(|| written.name.span())
    }

    fn find(&self, name: &str) -> Option<&Written> {
        debug_assert!(Known::of(self.place).any(|known| known.name == name), "{name}");
        self.written.iter().find(|written| written.name == name)
    }

    /// Notes every option beside `name`, which leaves them nothing to say.
    pub(crate) fn must_be_alone(&self, name: &str) {
        for other in self.written.iter().filter(|written| written.name != name) {
            self.errors
                .at(other.name.span(), format!("`{}` does nothing beside `{name}`: say it at the type", other.name));
        }
    }

    /// `read_only`, with or without `= true`.
    pub(crate) fn flag(&self, name: &str) -> Option<Flag> {
        let nth = self.written.iter().position(|written| written.name == name)?;
        let written = self.find(name)?;
        let word = written.name.span();
        match &written.value {
            Value::Word => Some(Flag { on: true, word, nth }),
            Value::Is(tokens) => match syn::parse2::<syn::LitBool>(tokens.clone()) {
                Ok(on) => Some(Flag { on: on.value, word, nth }),
                Err(_) => {
                    let wish = format!("is a switch: write `{name}` or `{name} = false`");
                    self.errors.on(tokens, format!("`{name}` {wish}"));
                    None
                }
            },
            Value::List(_) => {
                self.errors.at(word, format!("`{name}` is a switch: write `{name}` alone"));
                None
            }
        }
    }

    /// `consent`, `consent = false` or `consent = "…"`: a switch, which a text sets with more to say.
    pub(crate) fn flag_or_text(&self, name: &str, example: &str) -> Option<(Flag, Option<LitStr>)> {
        let nth = self.written.iter().position(|written| written.name == name)?;
        let written = self.find(name)?;
        let word = written.name.span();
        let wish =
            format!("`{name}` is a switch, or a text: write `{name}`, `{name} = false` or `{name} = {example:?}`");
        match &written.value {
            Value::Word => Some((Flag { on: true, word, nth }, None)),
            Value::Is(tokens) => match syn::parse2::<Lit>(tokens.clone()) {
                Ok(Lit::Bool(on)) => Some((Flag { on: on.value, word, nth }, None)),
                Ok(Lit::Str(text)) => Some((Flag { on: true, word, nth }, Some(text))),
                _ => {
                    self.errors.on(tokens, wish);
                    None
                }
            },
            Value::List(_) => {
                self.errors.at(word, wish);
                None
            }
        }
    }

    /// Whatever stands behind the `=`.
    pub(crate) fn tokens(&self, name: &str) -> Option<&TokenStream> {
        let written = self.find(name)?;
        let Value::Is(tokens) = &written.value else {
            self.errors.at(written.name.span(), self.form(&written.name, "needs a value"));
            return None;
        };
        Some(tokens)
    }

    pub(crate) fn expr(&self, name: &str) -> Option<Expr> {
        let tokens = self.tokens(name)?;
        self.errors.ok(syn::parse2(tokens.clone()))
    }

    pub(crate) fn text(&self, name: &str) -> Option<LitStr> {
        let tokens = self.tokens(name)?;
        let Ok(text) = syn::parse2::<LitStr>(tokens.clone()) else {
            let name = &self.find(name)?.name;
            self.errors.on(tokens, self.form(name, "is a text in quotes"));
            return None;
        };
        Some(text)
    }

    pub(crate) fn number(&self, name: &str) -> Option<Lit> {
        let tokens = self.tokens(name)?;
        match syn::parse2::<Lit>(tokens.clone()) {
            Ok(number @ (Lit::Int(_) | Lit::Float(_))) => Some(number),
            _ => {
                let name = &self.find(name)?.name;
                self.errors.on(tokens, self.form(name, "is a number"));
                None
            }
        }
    }

    /// The elements of `[…]`.
    pub(crate) fn array(&self, name: &str) -> Option<Vec<Expr>> {
        let tokens = self.tokens(name)?;
        let Ok(array) = syn::parse2::<ExprArray>(tokens.clone()) else {
            let name = &self.find(name)?.name;
            self.errors.on(tokens, self.form(name, "is a list in brackets"));
            return None;
        };
        Some(array.elems.into_iter().collect())
    }

    /// `["a", "b"]`
    pub(crate) fn texts(&self, name: &str) -> Vec<LitStr> {
        let Some((written, elements)) = self.find(name).zip(self.array(name)) else { return Vec::new() };
        let text = |element: Expr| {
            let tokens = element.into_token_stream();
            let text = syn::parse2::<LitStr>(tokens.clone());
            if text.is_err() {
                self.errors.on(tokens, self.form(&written.name, "is a list of texts"));
            }
            text.ok()
        };
        elements.into_iter().filter_map(text).collect()
    }

    /// `"a b"` or `["a", "b"]`: words that are all meant. An empty text is one word, so that it can be told.
    pub(crate) fn words(&self, name: &str) -> Vec<LitStr> {
        let Some(tokens) = self.find(name).and_then(|_| self.tokens(name)) else { return Vec::new() };
        let Ok(text) = syn::parse2::<LitStr>(tokens.clone()) else {
            if syn::parse2::<ExprArray>(tokens.clone()).is_ok() {
                return self.texts(name);
            }
            if let Some(written) = self.find(name) {
                self.errors.on(tokens, self.form(&written.name, "is a text, or a list of texts in brackets"));
            }
            return Vec::new();
        };
        let value = text.value();
        let words: Vec<LitStr> = value.split_whitespace().map(|word| LitStr::new(word, text.span())).collect();
        if words.is_empty() { vec![text] } else { words }
    }

    /// What stands in the parentheses of `range(…)`, with the place of the word.
    pub(crate) fn list(&self, name: &str) -> Option<(Span, TokenStream)> {
        let written = self.find(name)?;
        match &written.value {
            Value::List(tokens) if !tokens.is_empty() => Some((written.name.span(), tokens.clone())),
            _ => {
                let message = self.form(&written.name, "takes parentheses");
                self.errors.at(written.name.span(), message);
                None
            }
        }
    }
}

/// Whether a type comes next, and then a comma or nothing.
fn is_type(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    ahead.parse::<Type>().is_ok() && (ahead.is_empty() || ahead.peek(Token![,]))
}

fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        // A token tree can always be taken from an input that is not empty.
        let _ = input.parse::<TokenTree>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    #[track_caller]
    fn check(place: Place, tokens: TokenStream, expected: &[&str]) {
        let errors = Errors::default();
        Options::read(place, tokens, &errors);
        assert_eq!(errors.messages(), expected);
    }

    #[test]
    fn every_form_is_read() {
        let errors = Errors::default();
        let tokens = quote! {
            name = "add", read_only, idempotent = false, tags = ["a", "b"], meta = { "a": 1 },
        };
        let options = Options::read(Place::Tool, tokens, &errors);
        assert_eq!(options.text("name").unwrap().value(), "add");
        assert!(options.flag("read_only").unwrap().on);
        assert!(!options.flag("idempotent").unwrap().on);
        assert!(options.flag("destructive").is_none());
        assert_eq!(options.texts("tags").len(), 2);
        assert!(options.tokens("meta").is_some());
        assert!(errors.is_empty());
    }

    #[test]
    fn all_mistakes_are_told_and_the_rest_is_kept() {
        check(
            Place::Tool,
            quote!(readonly, 3, name = , title = "a", title = "b", mime = "text/plain"),
            &[
                "unknown option `readonly`; did you mean `read_only`?",
                r#"expected an option, such as `name = "add_numbers"`"#,
                r#"`name` needs a value: write `name = "add_numbers"`"#,
                "`title` is here twice; keep one",
                "`mime` is for `#[resource]` and `icon(…)`, and this is `#[tool]`",
            ],
        );
    }

    #[test]
    fn a_bare_text_is_told_its_name() {
        check(Place::Prompt, quote!("greet"), &[r#"every option has a name: write `name = "greet"`"#]);
    }

    #[test]
    fn generic_arguments_do_not_split_a_value() {
        check(Place::ToolArg, quote!(default = Map::<u8, u8>::new(), rename = "m"), &[]);
    }
}
