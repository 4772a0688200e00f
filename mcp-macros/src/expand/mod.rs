//! Quotes facts. What may be wrong has been told before; here nothing is asked any more.
//!
//! Generated names are `mixed_site`, so that no local of ours meets an expression of the user's,
//! and begin with `__mcp` or `__MCP` where they are items, which have no such hygiene.

pub(crate) mod form;
pub(crate) mod handlers;
pub(crate) mod invoke;
pub(crate) mod items;

mod args;
mod def;
mod handler;
mod names;
mod params;
mod policy;
mod prompt;
mod reads;
mod resource;
mod tool;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};

use self::names::{constant, def_type, mixed, variant};
use crate::attr::function::{Function, other_item};
use crate::attr::surroundings::Surroundings;
use crate::check;
use crate::errors::Errors;
use crate::model::owner::Owner;
use crate::model::{Item, Kind, Own};

/// Expands `#[tool]`, `#[resource]` or `#[prompt]`.
pub(crate) fn item(kind: Kind, args: TokenStream, item: TokenStream) -> TokenStream {
    let errors = Errors::default();
    let function = match syn::parse2::<Function>(item.clone()) {
        Ok(function) => {
            let is_of_trait = misplaced(kind, &function, &errors) == Some(Surroundings::Trait);
            let defined = |function| definition(kind, args, function, None, &errors);
            let (definition, used) = if is_of_trait { Default::default() } else { defined(&function) };
            let function = unmarked(function, &used, &errors);
            return quote!(#function #definition #errors);
        }
        Err(error) => error,
    };
    match other_item(&item) {
        Some(other) => {
            errors.at(Span::call_site(), format!("`{}` marks functions, and this is a `{other}`", kind.attribute()))
        }
        None => errors.add(function),
    }
    quote!(#item #errors)
}

/// Notes that the function is not a free one, but one of an `impl` block or a trait.
fn misplaced(kind: Kind, function: &Function, errors: &Errors) -> Option<Surroundings> {
    let surroundings = Surroundings::read().or_else(|| function.receiver().map(|_| Surroundings::Impl))?;
    let attribute = kind.attribute();
    let message = match surroundings {
        Surroundings::Impl => {
            format!("`{attribute}` on a function of an `impl` block: write `#[handlers]` above the `impl`")
        }
        Surroundings::Trait => format!(
            "`{attribute}` on a function of a trait: mark a function of a type, with `#[handlers]` above its `impl`"
        ),
    };
    errors.at(Span::call_site(), message);
    Some(surroundings)
}

/// The function as it goes back to the compiler, without marks that would bring the same mistakes again. What is `used` outside of
/// its body is no unused parameter of it.
fn unmarked(mut function: Function, used: &[Ident], errors: &Errors) -> TokenStream {
    function.count_as_used(used);
    function.attrs.retain(|attr| errors.is_empty() || Kind::marked_by(attr.path()).is_none());
    let lints = lints(&function);
    quote!(#lints #function)
}

/// What pedantic readers would say of a shape that is ours: arguments come one by one, and by value.
fn lints(function: &Function) -> Option<TokenStream> {
    let has_parameters = !function.sig.inputs.is_empty();
    has_parameters.then(|| {
        quote_spanned! {mixed()=>
            #[allow(clippy::needless_pass_by_value, clippy::too_many_arguments)]
        }
    })
}

/// One constant beside the function, with everything else inside of it: `tools![…]` finds it by its
/// name, the linker by what it submits. And the parameters that the definition uses, whatever the function does.
fn definition(
    kind: Kind,
    args: TokenStream,
    function: &Function,
    owner: Option<&Owner>,
    errors: &Errors,
) -> (TokenStream, Vec<Ident>) {
    let item = Item::read(kind, args, function, owner, errors);
    check::all(&item, function, errors);

    let used = policy::used(&item);
    // Without it not even a definition that stands for a broken one could be written.
    let Some(runtime) = &item.runtime else { return (TokenStream::new(), used) };
    let vis = &function.vis;
    let cfgs = function.attrs.iter().filter(|attr| attr.path().is_ident("cfg"));
    let constant = constant(kind, &function.sig.ident);
    let def = def_type(kind);
    let is_right = errors.is_empty() && owner.is_none_or(|owner| owner.is_usable);
    let value = if is_right { value(&item, function, owner) } else { stub(&item, function) };
    let definition = quote_spanned! {mixed()=>
        #(#cfgs)*
        #[doc(hidden)]
        #[allow(non_upper_case_globals, deprecated, clippy::unnecessary_wraps, clippy::redundant_static_lifetimes)]
        #vis const #constant: &'static #runtime::__private::#def = {
            use #runtime::__private as __mcp;
            #value
            &__MCP_DEF
        };
    };
    (definition, used)
}

/// The parameters, the function that binds, and the definition made of both.
fn value(item: &Item, function: &Function, owner: Option<&Owner>) -> TokenStream {
    let code = args::Code::of(item);
    let bind = handler::bind(item, function, owner, &code);
    let args::Code { defaults, params, .. } = &code;
    let count = params.len();
    let (def, variant) = (def_type(item.kind), variant(item.kind));
    let definition = match &item.own {
        Own::Tool(tool) => tool::definition(item, tool, function),
        Own::Resource(resource) => resource::definition(item, resource, &function.sig.ident),
        Own::Prompt => prompt::definition(item, &function.sig.ident),
    };
    let settings = def::common(&item.common);
    let (policy, bind_policy) = (policy::settings(&item.common.policy), policy::bind(item, owner));
    // A function of an `impl` block cannot be imported.
    let itself = owner.is_none().then(|| {
        let ident = &function.sig.ident;
        quote_spanned!(mixed()=> .function(|| __mcp::function_id(&#ident)))
    });
    quote_spanned! {mixed()=>
        #defaults
        static __MCP_PARAMS: [__mcp::Param; #count] = [#(#params),*];
        #bind
        #bind_policy
        static __MCP_DEF: __mcp::#def = #definition #settings #policy #itself;
        __mcp::submit! { __mcp::Item::#variant(&__MCP_DEF) }
    }
}

/// What stands for an item with mistakes, so that `tools![…]` does not add to them.
fn stub(item: &Item, function: &Function) -> TokenStream {
    let def = def_type(item.kind);
    let bind = quote_spanned!(mixed()=> |_| ::core::option::Option::None);
    let new = def::new(item, &function.sig.ident, &bind, &quote!([]));
    quote_spanned!(mixed()=> static __MCP_DEF: __mcp::#def = #new;)
}
