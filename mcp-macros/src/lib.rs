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

#[doc = include_str!("../docs/tool.md")]
#[proc_macro_attribute]
pub fn tool(options: TokenStream, function: TokenStream) -> TokenStream {
    expand::item(Kind::Tool, options.into(), function.into()).into()
}

#[doc = include_str!("../docs/resource.md")]
#[proc_macro_attribute]
pub fn resource(options: TokenStream, function: TokenStream) -> TokenStream {
    expand::item(Kind::Resource, options.into(), function.into()).into()
}

#[doc = include_str!("../docs/prompt.md")]
#[proc_macro_attribute]
pub fn prompt(options: TokenStream, function: TokenStream) -> TokenStream {
    expand::item(Kind::Prompt, options.into(), function.into()).into()
}

#[doc = include_str!("../docs/handlers.md")]
#[proc_macro_attribute]
pub fn handlers(options: TokenStream, block: TokenStream) -> TokenStream {
    expand::handlers::block(options.into(), block.into()).into()
}

#[doc = include_str!("../docs/elicit.md")]
#[proc_macro_derive(Elicit, attributes(elicit))]
pub fn elicit(item: TokenStream) -> TokenStream {
    expand::form::derive(item.into()).into()
}

#[doc = include_str!("../docs/tools.md")]
#[proc_macro]
pub fn tools(functions: TokenStream) -> TokenStream {
    expand::items::list(Kind::Tool, functions.into()).into()
}

/// The definitions of `#[resource]` functions, for servers put together by hand: see `tools!`.
///
/// ```
/// # use mcp_runtime::prelude::*;
/// # #[resource("note://{id}")]
/// # fn note(id: u32) -> String { id.to_string() }
/// # mod archive {
/// #     use mcp_runtime::prelude::*;
/// #     #[resource("old-note://{id}")]
/// #     pub fn old_note(id: u32) -> String { id.to_string() }
/// # }
/// let server = Server::empty("notes").with_resources(resources![note, archive::old_note]);
/// ```
#[proc_macro]
pub fn resources(functions: TokenStream) -> TokenStream {
    expand::items::list(Kind::Resource, functions.into()).into()
}

/// The definitions of `#[prompt]` functions, for servers put together by hand: see `tools!`.
///
/// ```
/// # use mcp_runtime::prelude::*;
/// # #[prompt]
/// # fn greet(name: &str) -> String { format!("Greet {name}.") }
/// let server = Server::empty("manners").with_prompts(prompts![greet]);
/// ```
#[proc_macro]
pub fn prompts(functions: TokenStream) -> TokenStream {
    expand::items::list(Kind::Prompt, functions.into()).into()
}

#[doc = include_str!("../docs/call.md")]
#[proc_macro]
pub fn call(call: TokenStream) -> TokenStream {
    expand::invoke::invoke(Kind::Tool, call.into()).into()
}

#[doc = include_str!("../docs/read.md")]
#[proc_macro]
pub fn read(call: TokenStream) -> TokenStream {
    expand::invoke::invoke(Kind::Resource, call.into()).into()
}

/// Gets a prompt through a client, with the arguments of its function: `prompt!(client, review("fn main() {}")).await?`.
///
/// It gives a `PromptResult`. In the runtime it is `mcp_runtime::client::prompt!`, beside `#[prompt]`, which is a macro of
/// another kind: write `client::prompt!(…)`, or import it in a module that marks no prompts. See `call!`.
///
/// ```
/// use mcp_runtime::client::{self, Client, ClientError};
///
/// mod prompts {
///     use mcp_runtime::prelude::*;
///
///     /// Reviews code.
///     #[prompt]
///     pub fn review(code: &str) -> String {
///         format!("Please review:\n{code}")
///     }
/// }
///
/// # async fn example(server: mcp_runtime::Server) -> Result<(), ClientError> {
/// let client = Client::to(&server).await?;
/// let review = client::prompt!(client, prompts::review("fn main() {}")).await?;
/// assert_eq!(review.messages.len(), 1);
/// # Ok(())
/// # }
/// ```
#[proc_macro]
pub fn get(call: TokenStream) -> TokenStream {
    expand::invoke::invoke(Kind::Prompt, call.into()).into()
}
