//! The marked function, with its body left unread.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, FnArg, Ident, Pat, PatType, Receiver, Signature, Visibility, parse_quote, token};

/// A function as the user wrote it.
///
/// The body is a heap of tokens to us: it may be unfinished, and our messages
/// must show all the same.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    /// Without the attributes on parameters, which no compiler would accept.
    pub(crate) sig: Signature,
    /// What stood on each parameter, in the order of `sig.inputs`.
    pub(crate) on_params: Vec<Vec<Attribute>>,
    body: TokenStream,
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let mut sig: Signature = input.parse()?;
        // Other members of an `impl` block may follow.
        let body = if input.peek(token::Brace) { input.parse::<TokenTree>()?.into() } else { input.parse()? };
        let on_params = sig.inputs.iter_mut().map(take_attrs).collect();
        Ok(Self { attrs, vis, sig, on_params, body })
    }
}

impl Function {
    /// The function with another signature, and without its body.
    pub(crate) fn with_signature(&self, sig: Signature, on_params: Vec<Vec<Attribute>>) -> Self {
        Self { attrs: self.attrs.clone(), vis: self.vis.clone(), sig, on_params, body: TokenStream::new() }
    }

    /// No warning that these parameters are unused: what the compiler would propose, another name, is another name for clients.
    pub(crate) fn count_as_used(&mut self, params: &[Ident]) {
        for input in &mut self.sig.inputs {
            if let FnArg::Typed(PatType { pat, attrs, .. }) = input
                && let Pat::Ident(name) = &**pat
                && params.contains(&name.ident)
            {
                // What the author says of the lint comes later, and counts.
                attrs.insert(0, parse_quote!(#[allow(unused_variables)]));
            }
        }
    }

    /// `&self`
    pub(crate) fn receiver(&self) -> Option<&Receiver> {
        self.sig.inputs.iter().find_map(|input| match input {
            FnArg::Receiver(receiver) => Some(receiver),
            FnArg::Typed(_) => None,
        })
    }
}

/// Takes what is for us (or a mistake, which we report) and leaves `#[allow(…)]` and its kin.
fn take_attrs(input: &mut FnArg) -> Vec<Attribute> {
    const LINTS: [&str; 5] = ["allow", "expect", "warn", "deny", "forbid"];

    let attrs = match input {
        FnArg::Receiver(receiver) => &mut receiver.attrs,
        FnArg::Typed(typed) => &mut typed.attrs,
    };
    let (lints, ours) =
        std::mem::take(attrs).into_iter().partition(|attr| LINTS.iter().any(|lint| attr.path().is_ident(lint)));
    *attrs = lints;
    ours
}

/// The function as it goes back to the compiler.
impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.attrs.iter().for_each(|attr| attr.to_tokens(tokens));
        self.vis.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        self.body.to_tokens(tokens);
    }
}

/// What the item is, if it is not a function: `struct`, `impl`, …
pub(crate) fn other_item(item: &TokenStream) -> Option<String> {
    const ITEMS: [&str; 9] = ["struct", "enum", "union", "trait", "impl", "mod", "use", "static", "type"];

    let words: Vec<String> = item
        .clone()
        .into_iter()
        .filter_map(|token| match token {
            TokenTree::Ident(word) => Some(word.to_string()),
            _ => None,
        })
        .collect();
    let is_fn = words.iter().any(|word| word == "fn");
    words.into_iter().find(|word| ITEMS.contains(&word.as_str())).filter(|_| !is_fn)
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;

    fn back(item: TokenStream) -> String {
        syn::parse2::<Function>(item).unwrap().into_token_stream().to_string()
    }

    #[test]
    fn it_comes_back_without_the_attributes_on_its_parameters() {
        let back = back(quote! {
            #[must_use]
            pub(crate) async fn add(/// First.
                #[arg(default = 3)] #[allow(unused)] mut a: i64, #[inject] b: Who) -> i64 { a }
        });
        let expected = quote! {
            #[must_use]
            pub(crate) async fn add(#[allow(unused)] mut a: i64, b: Who) -> i64 { a }
        };
        assert_eq!(back, expected.to_string());
    }

    #[test]
    fn an_unfinished_body_is_no_obstacle() {
        let unfinished = quote!(fn add(a: i64) -> i64 { let b = ; a. });
        assert_eq!(back(unfinished.clone()), unfinished.to_string());
    }

    #[test]
    fn other_items_are_told_by_their_keyword() {
        assert_eq!(
            other_item(&quote!(
                pub struct A {
                    f: fn(),
                }
            ))
            .as_deref(),
            Some("struct")
        );
        assert_eq!(
            other_item(&quote!(
                fn a(b: &mut impl C) {}
            )),
            None
        );
    }
}
