//! `#[derive(Elicit)]`: the fields of a form, or the words of a choice.

use proc_macro2::{Ident, Literal as Token, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Generics, Item};

use super::names::mixed;
use super::params::{default_name, number, option, whole};
use crate::check;
use crate::errors::Errors;
use crate::model::constraint::{Constraint, Number};
use crate::model::form::{Derived, Field, Shape, Word, Words};
use crate::model::literal::Literal;

/// Expands `#[derive(Elicit)]`.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let errors = Errors::default();
    let derived = errors.ok(syn::parse2::<Item>(item)).and_then(|item| Derived::read(item, &errors));
    let Some(mut derived) = derived else { return errors.to_token_stream() };
    check::form::check(&derived, &errors);
    if !errors.is_empty() {
        // What stands for it lets code that uses the type be as right as it is.
        derived.shape = match derived.shape {
            Shape::Form(_) => Shape::Form(Vec::new()),
            Shape::Words(_) => Shape::Words(Words { words: Vec::new(), legacy_titles: false }),
        };
    }
    let Some(runtime) = &derived.runtime else { return errors.to_token_stream() };
    let implementation = match &derived.shape {
        Shape::Form(fields) => form(&derived.ident, &derived.generics, fields, errors.is_empty()),
        Shape::Words(words) => choices(&derived.ident, &derived.generics, words),
    };
    quote_spanned! {mixed()=>
        const _: () = {
            use #runtime::__private as __mcp;
            #implementation
        };
        #errors
    }
}

fn form(ident: &Ident, generics: &Generics, fields: &[Field], is_right: bool) -> TokenStream {
    let (parameters, arguments, clause) = generics.split_for_impl();
    let defaults = fields.iter().enumerate().filter_map(|(place, field)| default_fn(place, field));
    let described = fields.iter().enumerate().map(|(place, field)| described(place, field));
    let takes = fields.iter().enumerate().map(|(place, field)| take(place, field));
    let locals: Vec<Ident> = fields.iter().map(local).collect();
    let idents = fields.iter().map(|field| &field.ident);
    let all_there = (!locals.is_empty()).then(|| {
        quote_spanned! {mixed()=>
            let (#(::core::option::Option::Some(#locals),)*) = (#(#locals,)*) else {
                return ::core::option::Option::None;
            };
        }
    });
    let made = if is_right {
        quote_spanned!(mixed()=> ::core::option::Option::Some(Self { #(#idents: #locals),* }))
    } else {
        quote_spanned!(mixed()=> ::core::option::Option::None)
    };
    let answers = if fields.is_empty() { quote!(_) } else { quote_spanned!(mixed()=> answers) };
    quote_spanned! {mixed()=>
        #(#defaults)*
        #[automatically_derived]
        #[allow(deprecated, clippy::unnecessary_wraps)]
        impl #parameters __mcp::Elicit for #ident #arguments #clause {
            const FIELDS: &'static [__mcp::FormField] = &[#(#described),*];

            fn read(#answers: &mut __mcp::Answers<'_>) -> ::core::option::Option<Self> {
                #(#takes)*
                #all_there
                #made
            }
        }
    }
}

/// The trait that the field's type is asked for, at that type: there the compiler stops.
fn asked(field: &Field) -> TokenStream {
    let (ty, at_type) = (&field.ty, field.ty.span());
    let of = Ident::new(if field.choices.is_some() { "Chosen" } else { "Asked" }, at_type);
    quote_spanned!(at_type=> <#ty as __mcp::#of>)
}

/// One element of `FIELDS`.
fn described(place: usize, field: &Field) -> TokenStream {
    let (wire, asked) = (&field.wire, asked(field));
    let mut code = match &field.choices {
        Some((_, choices)) => quote_spanned! {mixed()=>
            __mcp::FormField::chosen(
                #wire,
                { const CHOICES: &[__mcp::Choice] = &[#(__mcp::Choice::new(#choices)),*]; CHOICES },
                #asked::SEVERAL,
                #asked::OPTIONAL,
            )
        },
        None => quote_spanned!(mixed()=> __mcp::FormField::new(#wire, #asked::KIND, #asked::OPTIONAL)),
    };
    if let Some(title) = &field.title {
        code.extend(quote_spanned!(mixed()=> .title(#title)));
    }
    if let Some(docs) = &field.docs {
        code.extend(quote_spanned!(mixed()=> .docs(#docs)));
    }
    if field.default.is_some() {
        let function = default_name(place);
        code.extend(quote_spanned!(mixed()=> .default(|| #asked::json(&#function()))));
    }
    if let Some((_, format)) = &field.format {
        let variant = match format.value().as_str() {
            "email" => "Email",
            "uri" => "Uri",
            "date" => "Date",
            _ => "DateTime",
        };
        let variant = Ident::new(variant, mixed());
        let checked = checked("Written", field);
        code.extend(quote_spanned!(mixed()=> .format({ let () = #checked; __mcp::Format::#variant })));
    }
    code.extend(field.constraints.iter().map(|constraint| constrained(constraint, field)));
    code
}

/// Asks whether the type can have an option, where its name does not tell.
fn checked(of: &str, field: &Field) -> TokenStream {
    let (ty, at_type) = (&field.ty, field.ty.span());
    let of = Ident::new(of, at_type);
    quote_spanned!(at_type=> <#ty as __mcp::#of>::CHECKED)
}

fn constrained(constraint: &Constraint, field: &Field) -> TokenStream {
    let (of, min, max) = match constraint {
        Constraint::Range { min, max, exclusive_max, .. } => {
            let max = max.map(|max| match max {
                Number::Int(max) if *exclusive_max => Number::Int(max - 1),
                max => max,
            });
            let bound = |bound: Option<Number>| option(bound.map(|bound| number("Number", bound)));
            ("Numeric", bound(*min), bound(max))
        }
        Constraint::Length { min, max, name, .. } => {
            (if *name == "items" { "Listed" } else { "Written" }, whole(*min), whole(*max))
        }
        Constraint::Pattern { .. } => return TokenStream::new(),
    };
    let (set, checked) = (Ident::new(constraint.name(), mixed()), checked(of, field));
    quote_spanned!(mixed()=> .#set({ let () = #checked; #min }, #max))
}

/// The function that makes a default, so that the expression is there only once.
fn default_fn(place: usize, field: &Field) -> Option<TokenStream> {
    let (name, ty) = (default_name(place), &field.ty);
    let value = value(&field.default.as_ref()?.expr);
    Some(quote_spanned!(mixed()=> fn #name() -> #ty { #value }))
}

/// A default as the user's type wants it: texts and lists of them are written as literals.
fn value(default: &Expr) -> TokenStream {
    match (default, Literal::read(default)) {
        (_, Some(Literal::Text(_))) => {
            quote_spanned!(default.span()=> __mcp::FromText::from_text(#default))
        }
        (Expr::Array(array), _) => {
            let elements = array.elems.iter().map(value);
            quote_spanned!(default.span()=> ::std::vec::Vec::from([#(#elements),*]))
        }
        _ => default.to_token_stream(),
    }
}

/// Reads one field into a variable.
fn take(place: usize, field: &Field) -> TokenStream {
    let (local, asked, index) = (local(field), asked(field), Token::usize_unsuffixed(place));
    match &field.default {
        Some(_) => {
            let function = default_name(place);
            quote_spanned!(mixed()=> let #local = #asked::take_or(answers, #index, #function);)
        }
        None => quote_spanned!(mixed()=> let #local = #asked::take(answers, #index);),
    }
}

fn local(field: &Field) -> Ident {
    format_ident!("field_{}", field.ident.unraw(), span = mixed())
}

fn choices(ident: &Ident, generics: &Generics, words: &Words) -> TokenStream {
    let (parameters, arguments, clause) = generics.split_for_impl();
    let list = words.words.iter().map(choice);
    let legacy = words.legacy_titles.then(|| quote_spanned!(mixed()=> .legacy_titles()));
    let places = || (0..words.words.len()).map(Token::usize_unsuffixed);
    let idents = || words.words.iter().map(|word| &word.ident);
    let (nth, of_nth, place, of_place) = (places(), idents(), places(), idents());
    let place = match words.words.len() {
        0 => quote!(0),
        _ => quote_spanned!(mixed()=> match self { #(Self::#of_place => #place,)* }),
    };
    quote_spanned! {mixed()=>
        #[automatically_derived]
        #[allow(deprecated)]
        impl #parameters __mcp::Choices for #ident #arguments #clause {
            const LIST: __mcp::ChoiceList = {
                const CHOICES: &[__mcp::Choice] = &[#(#list),*];
                __mcp::ChoiceList::new(CHOICES) #legacy
            };

            fn nth(place: usize) -> ::core::option::Option<Self> {
                match place {
                    #(#nth => ::core::option::Option::Some(Self::#of_nth),)*
                    _ => ::core::option::Option::None,
                }
            }

            fn place(&self) -> usize {
                #place
            }
        }
    }
}

fn choice(word: &Word) -> TokenStream {
    let wire = &word.wire;
    let called = match (&word.title, &word.docs) {
        (Some(title), _) => Some(quote_spanned!(mixed()=> .title(#title))),
        (None, Some(docs)) => Some(quote_spanned!(mixed()=> .docs(#docs))),
        (None, None) => None,
    };
    quote_spanned!(mixed()=> __mcp::Choice::new(#wire) #called)
}
