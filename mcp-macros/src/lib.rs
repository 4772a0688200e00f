#![doc = include_str!("../docs/crate.md")]
#![warn(unreachable_pub)]

mod attr;
mod check;
mod errors;
mod expand;
mod model;
mod runtime;

use proc_macro::TokenStream;

use model::Kind;

// The examples are programs of the runtime, which is built on this crate: `tests/src/guides.rs` has them run.
#[cfg_attr(not(doctest), doc = include_str!("../docs/tool.md"))]
#[proc_macro_attribute]
pub fn tool(options: TokenStream, function: TokenStream) -> TokenStream {
    expand::item(Kind::Tool, options.into(), function.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/resource.md"))]
#[proc_macro_attribute]
pub fn resource(options: TokenStream, function: TokenStream) -> TokenStream {
    expand::item(Kind::Resource, options.into(), function.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/prompt.md"))]
#[proc_macro_attribute]
pub fn prompt(options: TokenStream, function: TokenStream) -> TokenStream {
    expand::item(Kind::Prompt, options.into(), function.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/handlers.md"))]
#[proc_macro_attribute]
pub fn handlers(options: TokenStream, block: TokenStream) -> TokenStream {
    expand::handlers::block(options.into(), block.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/elicit.md"))]
#[proc_macro_derive(Elicit, attributes(elicit))]
pub fn elicit(item: TokenStream) -> TokenStream {
    expand::form::derive(item.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/tools.md"))]
#[proc_macro]
pub fn tools(functions: TokenStream) -> TokenStream {
    expand::items::list(Kind::Tool, functions.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/resources.md"))]
#[proc_macro]
pub fn resources(functions: TokenStream) -> TokenStream {
    expand::items::list(Kind::Resource, functions.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/prompts.md"))]
#[proc_macro]
pub fn prompts(functions: TokenStream) -> TokenStream {
    expand::items::list(Kind::Prompt, functions.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/call.md"))]
#[proc_macro]
pub fn call(call: TokenStream) -> TokenStream {
    expand::invoke::invoke(Kind::Tool, call.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/read.md"))]
#[proc_macro]
pub fn read(call: TokenStream) -> TokenStream {
    expand::invoke::invoke(Kind::Resource, call.into()).into()
}

#[cfg_attr(not(doctest), doc = include_str!("../docs/get.md"))]
#[proc_macro]
pub fn get(call: TokenStream) -> TokenStream {
    expand::invoke::invoke(Kind::Prompt, call.into()).into()
}
