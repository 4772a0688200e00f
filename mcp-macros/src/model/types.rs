//! Types, as far as their spelling tells.

use proc_macro2::{Group, Ident, Punct, Spacing, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{GenericArgument, PathArguments, PathSegment, Type, TypeParamBound, TypeReference};

/// How an argument is kept between reading it and passing it on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// As its own type.
    Owned,
    /// `&str`: borrowed from the request where it has no escapes.
    Str,
    /// `Option<&str>`
    OptionStr,
    /// `Vec<&str>`
    VecStr,
}

impl Shape {
    pub(crate) fn of(ty: &Type) -> Self {
        let inner_is_str = |name| inner(ty, name).is_some_and(is_str);
        match () {
            () if is_str(ty) => Shape::Str,
            () if inner_is_str("Option") => Shape::OptionStr,
            () if inner_is_str("Vec") => Shape::VecStr,
            () => Shape::Owned,
        }
    }
}

/// What a literal for a type must look like, where the name of the type tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sort {
    Int,
    Float,
    Bool,
    Char,
    Text,
    Option,
    List,
}

impl Sort {
    pub(crate) fn of(ty: &Type) -> Option<Self> {
        if is_str(ty) {
            return Some(Sort::Text);
        }
        let name = last(ty)?.ident.to_string();
        Some(match name.as_str() {
            "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => Sort::Int,
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" => Sort::Int,
            "f32" | "f64" => Sort::Float,
            "bool" => Sort::Bool,
            "char" => Sort::Char,
            "String" => Sort::Text,
            "Option" => Sort::Option,
            "Vec" => Sort::List,
            _ => return None,
        })
    }
}

/// The type without the invisible groups of `macro_rules!` and without parentheses.
pub(crate) fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => peel(&group.elem),
        Type::Paren(paren) => peel(&paren.elem),
        other => other,
    }
}

/// `Ctx` of `mcp_runtime::Ctx`.
pub(crate) fn last(ty: &Type) -> Option<&PathSegment> {
    match peel(ty) {
        Type::Path(path) => path.path.segments.last(),
        _ => None,
    }
}

/// The `T` of `State<T>`, if `name` is `State`.
pub(crate) fn inner<'t>(ty: &'t Type, name: &str) -> Option<&'t Type> {
    let segment = last(ty)?;
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    match (segment.ident == name, arguments.args.len(), arguments.args.first()) {
        (true, 1, Some(GenericArgument::Type(inner))) => Some(inner),
        _ => None,
    }
}

/// The `T` of `Option<T>` and of `Option<Option<T>>`; other types are what they are.
pub(crate) fn within_options(ty: &Type) -> &Type {
    inner(ty, "Option").map_or(ty, within_options)
}

pub(crate) fn named(ty: &Type, name: &str) -> bool {
    last(ty).is_some_and(|segment| segment.ident == name && segment.arguments.is_none())
}

/// The `T` of `&T`, not of `&mut T`.
pub(crate) fn shared(ty: &Type) -> Option<&Type> {
    match peel(ty) {
        Type::Reference(TypeReference { mutability: None, elem, .. }) => Some(elem),
        _ => None,
    }
}

/// The `T` of `Result<T, E>` and `Result<T>`; other types are what they are.
pub(crate) fn succeeding(ty: &Type) -> &Type {
    let Some(PathSegment { ident, arguments: PathArguments::AngleBracketed(arguments) }) = last(ty) else { return ty };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) if ident == "Result" => inner,
        _ => ty,
    }
}

/// `String`, `&str` and `&'static str`.
pub(crate) fn is_text(ty: &Type) -> bool {
    named(ty, "String") || shared(ty).is_some_and(|inner| named(inner, "str"))
}

fn is_str(ty: &Type) -> bool {
    let is_static = matches!(peel(ty), Type::Reference(TypeReference { lifetime: Some(lifetime), .. })
        if lifetime.ident == "static");
    !is_static && shared(ty).is_some_and(|inner| named(inner, "str"))
}

/// Whether `word` (`impl`, `dyn`) or a character (`&`) stands anywhere in the type.
pub(crate) fn mentions(ty: &Type, word: &str) -> bool {
    fn within(tokens: TokenStream, word: &str) -> bool {
        tokens.into_iter().any(|token| match token {
            TokenTree::Group(group) => within(group.stream(), word),
            TokenTree::Literal(_) => false,
            other => other.to_string() == word,
        })
    }
    within(ty.to_token_stream(), word)
}

/// What a future gives, spelled, if the name of the type tells that it is one: `impl Future<Output = T>`,
/// `Pin<Box<dyn Future<Output = T>>>`, `BoxFuture<'_, T>`.
pub(crate) fn awaited(ty: &Type) -> Option<String> {
    let bounds = match peel(ty) {
        Type::ImplTrait(future) => &future.bounds,
        Type::TraitObject(future) => &future.bounds,
        Type::Path(_) => {
            let segment = last(ty)?;
            let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
            let mut types = arguments.args.iter().filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(ty),
                _ => None,
            });
            return match segment.ident.to_string().as_str() {
                "Pin" | "Box" => awaited(types.next()?),
                "BoxFuture" | "LocalBoxFuture" => types.next().map(spell),
                _ => None,
            };
        }
        _ => return None,
    };
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let segment = bound.path.segments.last().filter(|segment| segment.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(output) if output.ident == "Output" => Some(spell(&output.ty)),
            _ => None,
        })
    })
}

/// The type with `lifetime` for each of the function's own, which mean nothing elsewhere, and for
/// `'_`.
pub(crate) fn elided(ty: &Type, lifetime: &str) -> TokenStream {
    fn within(tokens: TokenStream, name: &str) -> TokenStream {
        let mut out = TokenStream::new();
        let mut in_lifetime = false;
        for token in tokens {
            let token = match token {
                TokenTree::Group(group) => {
                    let stream = within(group.stream(), name);
                    let mut elided = Group::new(group.delimiter(), stream);
                    elided.set_span(group.span());
                    TokenTree::Group(elided)
                }
                TokenTree::Ident(own) if in_lifetime && own != "static" => {
                    TokenTree::Ident(Ident::new(name, own.span()))
                }
                other => other,
            };
            in_lifetime = matches!(&token, TokenTree::Punct(tick) if is_tick(tick));
            out.extend([token]);
        }
        out
    }
    within(ty.to_token_stream(), lifetime.trim_start_matches('\''))
}

fn is_tick(punct: &Punct) -> bool {
    punct.as_char() == '\'' && punct.spacing() == Spacing::Joint
}

/// The type as a person writes it, for messages.
pub(crate) fn spell(ty: &Type) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, tight) in [
        (" :: <", "<"),
        (" :: ", "::"),
        (":: ", "::"),
        (" < ", "<"),
        (" <", "<"),
        (" >", ">"),
        ("& ", "&"),
        (" ,", ","),
        ("[ ", "["),
        (" ]", "]"),
        ("( ", "("),
        (" )", ")"),
        (" ;", ";"),
    ] {
        text = text.replace(spaced, tight);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use syn::parse_quote;

    #[test]
    fn only_plain_borrowed_text_is_borrowed() {
        assert_eq!(Shape::of(&parse_quote!(&str)), Shape::Str);
        assert_eq!(Shape::of(&parse_quote!(&'a str)), Shape::Str);
        assert_eq!(Shape::of(&parse_quote!(&'static str)), Shape::Owned);
        assert_eq!(Shape::of(&parse_quote!(&mut str)), Shape::Owned);
        assert_eq!(Shape::of(&parse_quote!(std::option::Option<&str>)), Shape::OptionStr);
        assert_eq!(Shape::of(&parse_quote!(Vec<&str>)), Shape::VecStr);
        assert_eq!(Shape::of(&parse_quote!(Vec<String>)), Shape::Owned);
    }

    #[test]
    fn the_one_argument_of_a_named_type_is_found() {
        let state: Type = parse_quote!(mcp_runtime::State<Ledger>);
        assert_eq!(inner(&state, "State"), Some(&parse_quote!(Ledger)));
        assert_eq!(inner(&parse_quote!(State<A, B>), "State"), None);
        assert_eq!(inner(&parse_quote!(State), "State"), None);
    }

    #[test]
    fn lifetimes_of_the_function_are_elided() {
        let ty: Type = parse_quote!(Result<&'a str, Cow<'static, [&'b str]>>);
        let elided = |lifetime| spell(&syn::parse2(elided(&ty, lifetime)).unwrap());
        assert_eq!(elided("'_"), "Result<&'_ str, Cow<'static, [&'_ str]>>");
        assert_eq!(elided("'static"), "Result<&'static str, Cow<'static, [&'static str]>>");
    }

    #[test]
    fn types_are_spelled_as_one_writes_them() {
        for text in ["Option<Vec<&str>>", "std::collections::HashMap<String, u8>", "[u8; 3]"] {
            assert_eq!(spell(&syn::parse_str(text).unwrap()), text);
        }
    }
}
