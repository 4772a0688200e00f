//! An `impl` block whose functions are marked, with everything else left unread.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Generics, Meta, Token, Type, Visibility, WhereClause, braced, token};

use super::Kind;
use crate::attr::function::Function;

/// An `impl` block as the user wrote it.
pub(crate) struct Block {
    attrs: Vec<Attribute>,
    impl_token: Token![impl],
    pub(crate) generics: Generics,
    /// `Trait` of `impl Trait for Shop`.
    pub(crate) of_trait: Option<Type>,
    pub(crate) own_type: Type,
    braces: token::Brace,
    inner_attrs: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
}

/// What stands in an `impl` block.
pub(crate) enum Member {
    /// A function with one of our attributes, which is taken off.
    Marked(Kind, Attribute, Box<Function>),
    /// A member with an attribute of ours behind a `cfg_attr`.
    Hidden(Attribute, TokenStream),
    /// Everything else.
    Other(TokenStream),
}

impl Parse for Block {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let impl_token = input.parse()?;
        let mut generics: Generics = input.parse()?;
        let first: Type = input.parse()?;
        let (of_trait, own_type) = match input.parse::<Option<Token![for]>>()? {
            Some(_) => (Some(first), input.parse()?),
            None => (None, first),
        };
        generics.where_clause = input.parse::<Option<WhereClause>>()?;
        let content;
        let braces = braced!(content in input);
        let inner_attrs = content.call(Attribute::parse_inner)?;
        let mut members = Vec::new();
        while !content.is_empty() {
            members.push(content.parse()?);
        }
        Ok(Self { attrs, impl_token, generics, of_trait, own_type, braces, inner_attrs, members })
    }
}

impl Parse for Member {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let ahead = input.fork();
        let attrs = ahead.call(Attribute::parse_outer)?;
        let marked = attrs.iter().enumerate().find_map(|(place, attr)| Some((place, Kind::marked_by(attr)?)));
        if let Some((place, kind)) = marked {
            let mut function: Function = input.parse()?;
            let mark = function.attrs.remove(place);
            return Ok(Self::Marked(kind, mark, Box::new(function)));
        }
        let unread = unread(&ahead)?;
        input.advance_to(&ahead);
        let whole = quote!(#(#attrs)* #unread);
        Ok(match attrs.into_iter().find(hides_a_mark) {
            Some(attr) => Self::Hidden(attr, whole),
            None => Self::Other(whole),
        })
    }
}

/// The rest of one member: up to its body, or up to a semicolon.
fn unread(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let visibility: Visibility = input.parse()?;
    let mut tokens = visibility.into_token_stream();
    // The value of a constant may have braces of its own.
    let is_value = input.peek(Token![type])
        || input.peek(Token![const])
            && !input.peek2(Token![fn])
            && !input.peek2(Token![async])
            && !input.peek2(Token![unsafe]);
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let ends = match &token {
            TokenTree::Punct(semicolon) => semicolon.as_char() == ';',
            TokenTree::Group(group) => !is_value && group.delimiter() == proc_macro2::Delimiter::Brace,
            _ => false,
        };
        tokens.extend([token]);
        if ends {
            break;
        }
    }
    Ok(tokens)
}

/// `#[cfg_attr(unix, tool)]`
fn hides_a_mark(attr: &Attribute) -> bool {
    let Meta::List(list) = &attr.meta else { return false };
    let mut words = list.tokens.clone().into_iter().filter_map(|token| match token {
        TokenTree::Ident(word) => Some(word),
        _ => None,
    });
    attr.path().is_ident("cfg_attr")
        && words.any(|word| [Kind::Tool, Kind::Resource, Kind::Prompt].iter().any(|kind| word == kind.word()))
}

impl Block {
    /// The block as it goes back to the compiler, with other members.
    pub(crate) fn with(&self, members: &[TokenStream]) -> TokenStream {
        let Self { attrs, impl_token, generics, of_trait, own_type, braces, inner_attrs, .. } = self;
        let of_trait = of_trait.iter();
        let clause = &generics.where_clause;
        let mut block = quote!(#(#attrs)* #impl_token #generics #(#of_trait for)* #own_type #clause);
        braces.surround(&mut block, |block| block.extend(quote!(#(#inner_attrs)* #(#members)*)));
        block
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_marked_comes_back_as_it_was() {
        let members = quote! {
            #![allow(dead_code)]
            pub const LIMIT: Limit = Limit { count: 3 };
            pub const fn limit() -> u8 { 3 }
            /// Docs.
            #[cfg(unix)]
            pub(crate) async fn find<T>(&mut self, #[allow(unused)] of: T) -> Option<T> where T: Copy { unfinished. }
            helper! { a }
            helper!(b);
        };
        let whole = quote!(#[allow(clippy::all)] impl a::Shop<Db> where Db: Copy { #members });
        let block: Block = syn::parse2(whole.clone()).unwrap();
        let members: Vec<TokenStream> = block
            .members
            .iter()
            .map(|member| match member {
                Member::Other(tokens) => tokens.clone(),
                _ => panic!("nothing is marked"),
            })
            .collect();
        assert_eq!(members.len(), 5);
        assert_eq!(block.with(&members).to_string(), whole.to_string());
    }

    #[test]
    fn marks_are_found_among_other_attributes() {
        let block: Block = syn::parse_quote! {
            impl Shop {
                /// Docs.
                #[mcp::tool(read_only)]
                #[must_use]
                fn price(&self) -> u64 { 3 }
                #[cfg_attr(unix, prompt)]
                fn advertise() {}
            }
        };
        let [Member::Marked(Kind::Tool, mark, price), Member::Hidden(..)] = &block.members[..] else {
            panic!("one is marked, the other's mark is hidden");
        };
        assert_eq!(mark.to_token_stream().to_string(), quote!(#[mcp::tool(read_only)]).to_string());
        assert_eq!(price.attrs.len(), 2);
    }
}
