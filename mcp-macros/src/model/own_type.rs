//! The type of an `impl` block, where `Self` is not known.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::ToTokens;
use syn::parse::Parser;
use syn::{Attribute, PathArguments, Type};

use super::types::peel;
use crate::attr::function::Function;

/// A type, in a form that may stand in place of `Self`: `Shop::<Db>`, which is a type and the beginning of an expression.
pub(crate) struct OwnType(Type);

impl OwnType {
    pub(crate) fn new(ty: Type) -> Self {
        let mut ty = peel(&ty).clone();
        if let Type::Path(path) = &mut ty {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    arguments.colon2_token = Some(Default::default());
                }
            }
        }
        Self(ty)
    }

    pub(crate) fn as_type(&self) -> &Type {
        &self.0
    }

    /// The signature of a function, as generated items need it, which stand where `Self` is not known.
    pub(crate) fn signature_of(&self, function: &Function) -> syn::Result<Function> {
        let on_param = |attrs: &Vec<Attribute>| {
            let tokens = attrs.iter().map(ToTokens::to_token_stream).collect();
            Attribute::parse_outer.parse2(self.instead_of_self(tokens))
        };
        let sig = syn::parse2(self.instead_of_self(function.sig.to_token_stream()))?;
        let on_params = function.on_params.iter().map(on_param).collect::<syn::Result<_>>()?;
        Ok(function.with_signature(sig, on_params))
    }

    /// The tokens with this type in place of every `Self`, located where the `Self` is.
    pub(crate) fn instead_of_self(&self, tokens: TokenStream) -> TokenStream {
        let mut tokens = tokens.into_iter().peekable();
        let mut out = TokenStream::new();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) if word == "Self" => {
                    let is_path = matches!(self.0, Type::Path(_));
                    let goes_on = matches!(tokens.peek(), Some(TokenTree::Punct(colon)) if colon.as_char() == ':');
                    let (own, at) = (&self.0, word.span());
                    // `dyn Store::new` would be another type.
                    let own = if is_path || !goes_on { own.to_token_stream() } else { quote::quote!(<#own>) };
                    out.extend(own.into_iter().map(|mut token| {
                        token.set_span(at);
                        token
                    }));
                }
                TokenTree::Group(group) => {
                    let mut changed = Group::new(group.delimiter(), self.instead_of_self(group.stream()));
                    changed.set_span(group.span());
                    out.extend([TokenTree::Group(changed)]);
                }
                other => out.extend([other]),
            }
        }
        out
    }
}

impl ToTokens for OwnType {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        self.0.to_tokens(tokens);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quote::quote;
    use syn::parse_quote;

    #[track_caller]
    fn check(own: Type, tokens: TokenStream, expected: TokenStream) {
        assert_eq!(OwnType::new(own).instead_of_self(tokens).to_string(), expected.to_string());
    }

    #[test]
    fn what_stands_for_self_is_a_type_and_an_expression() {
        check(parse_quote!(Shop), quote!(Vec<Self>, [Self::MAX; 2], self), quote!(Vec<Shop>, [Shop::MAX; 2], self));
        check(
            parse_quote!(a::Shop<Db>),
            quote!(Self { a: Self::new() }),
            quote!(a::Shop::<Db> { a: a::Shop::<Db>::new() }),
        );
        check(parse_quote!(dyn Store), quote!(f(Self::make), &Self), quote!(f(<dyn Store>::make), &dyn Store));
    }

    #[test]
    fn every_self_but_the_receiver_is_replaced() {
        let function: Function = parse_quote! {
            fn buy(&self, #[arg(default = Self::NONE)] others: Vec<Self>) -> Self { Self }
        };
        let outside = OwnType::new(parse_quote!(Shop)).signature_of(&function).unwrap();
        let expected = quote!(fn buy(&self, others: Vec<Shop>) -> Shop);
        assert_eq!(outside.sig.to_token_stream().to_string(), expected.to_string());
        let expected = quote!(#[arg(default = Shop::NONE)]);
        assert_eq!(outside.on_params[1][0].to_token_stream().to_string(), expected.to_string());
    }
}
