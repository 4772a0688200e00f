//! An `impl` block whose functions are marked, with everything else left unread.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::discouraged::Speculative;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Generics, Meta, Token, Type, Visibility, WhereClause, braced, parse_quote, token};

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
    /// A function with one of our attributes.
    Marked(Box<Mark>, Box<Function>),
    /// Everything else.
    Other(TokenStream),
}

/// One of our attributes, which is taken off its function.
pub(crate) struct Mark {
    pub(crate) kind: Kind,
    pub(crate) meta: Meta,
    /// `unix` of `#[cfg_attr(unix, tool)]`.
    pub(crate) condition: Option<Meta>,
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
        let mut attrs = ahead.call(Attribute::parse_outer)?;
        if Mark::take(&mut attrs).is_some() {
            let mut function: Function = input.parse()?;
            let mark = Mark::take(&mut function.attrs);
            return mark
                .map(|mark| Self::Marked(Box::new(mark), Box::new(function)))
                .ok_or_else(|| input.error("expected a mark"));
        }
        let unread = unread(&ahead)?;
        input.advance_to(&ahead);
        Ok(Self::Other(quote!(#(#attrs)* #unread)))
    }
}

impl Mark {
    /// The first mark, which is taken off.
    fn take(attrs: &mut Vec<Attribute>) -> Option<Self> {
        let (place, mark) = attrs.iter().enumerate().find_map(|(place, attr)| Some((place, Self::of(attr)?)))?;
        let attr = attrs.remove(place);
        if let Some(condition) = &mark.condition {
            let others: Vec<Meta> = conditional(&attr).skip(1).filter(|meta| *meta != mark.meta).collect();
            if !others.is_empty() {
                attrs.insert(place, parse_quote!(#[cfg_attr(#condition, #(#others),*)]));
            }
        }
        Some(mark)
    }

    /// The mark that an attribute is, or gives under a condition.
    pub(crate) fn of(attr: &Attribute) -> Option<Self> {
        if let Some(kind) = Kind::marked_by(attr.path()) {
            return Some(Self { kind, meta: attr.meta.clone(), condition: None });
        }
        let condition = conditional(attr).next()?;
        let (kind, meta) = conditional(attr).skip(1).find_map(|meta| Some((Kind::marked_by(meta.path())?, meta)))?;
        Some(Self { kind, meta, condition: Some(condition) })
    }
}

/// What stands in `#[cfg_attr(…)]`: the condition, then attributes.
fn conditional(attr: &Attribute) -> impl Iterator<Item = Meta> {
    let list =
        attr.path().is_ident("cfg_attr").then(|| attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated));
    list.and_then(Result::ok).into_iter().flatten()
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
        let block: Block = parse_quote! {
            impl Shop {
                /// Docs.
                #[mcp::tool(read_only)]
                #[must_use]
                fn price(&self) -> u64 { 3 }
                #[cfg_attr(all(unix, test), must_use, prompt(name = "x"), inline)]
                fn advertise() {}
            }
        };
        let [Member::Marked(tool, price), Member::Marked(prompt, advertise)] = &block.members[..] else {
            panic!("both are marked");
        };
        assert_eq!((tool.kind, price.attrs.len(), tool.condition.is_none()), (Kind::Tool, 2, true));
        assert_eq!(tool.meta, parse_quote!(mcp::tool(read_only)));
        assert_eq!(prompt.meta, parse_quote!(prompt(name = "x")));
        assert_eq!(prompt.condition, Some(parse_quote!(all(unix, test))));
        let rest: Attribute = parse_quote!(#[cfg_attr(all(unix, test), must_use, inline)]);
        assert_eq!(advertise.attrs, [rest]);
    }
}
