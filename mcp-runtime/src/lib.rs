//! MCP servers in Rust: annotate functions, and serve them.
//!
//! ```
//! use mcp_runtime::prelude::*;
//!
//! /// Adds two numbers.
//! #[tool]
//! fn add(a: i64, b: i64) -> i64 {
//!     a + b
//! }
//!
//! # mod program {
//! mcp_runtime::main!();
//! # }
//! # fn main() {}
//! ```
//!
//! That is a whole program. Without arguments it serves clients on standard input and output, in every revision of the
//! Model Context Protocol from 2024-11-05 to 2026-07-28; `add`'s schema comes from its signature, its description from
//! its comment. `program call add a=2 b=3` calls it from the command line.
//!
//! # What is where
//! * [`tool`], [`resource`] and [`prompt`] mark functions. They stay as they are, and can be called in a unit test.
//! * [`Server`] puts a server together; [`main!`] and [`run!`] do so with the package's name and a command line.
//! * [`Http`] is a server on HTTP, as a `tower` service and on its own.
//! * [`Ctx`] is what a function knows of its call; [`State`] what the program gave it; [`FromCall`] makes parameters of
//!   your own.
//! * [`elicit()`], [`elicit_url`], [`sample`] and [`roots`] make questions to the client, and [`Elicit`](derive@Elicit) the
//!   forms it shows.
//! * Return what you have: everything that serializes, or [`Image`], [`Audio`], [`ResourceLink`], [`Embedded`],
//!   [`Content`], [`ToolResult`]; and `Result`s of them.
//!
//! # Tools in other crates
//! A function is registered by being linked. The linker leaves out a crate that nobody names, and its tools with it:
//! write [`link!(that_crate)`](link!) for one that is used for its tools only.
//!
//! # What arguments are held to
//! A tool's arguments must fit its input schema, at every depth, before the function is called. The schema is compiled when
//! the server is built; scalars and lists of them without constraints cost nothing, everything else one walk over its JSON.
//!
//! | Held by default | |
//! | --- | --- |
//! | all kinds | `type`, `enum`, `const`, `$ref` within the schema, `allOf`, `anyOf`, `oneOf` |
//! | numbers | `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, and what the Rust type holds |
//! | texts | `minLength`, `maxLength`, `pattern` |
//! | arrays | `items`, `prefixItems`, `minItems`, `maxItems`, `uniqueItems` |
//! | objects | `properties`, `required`, `additionalProperties`, `patternProperties`, `propertyNames`, `minProperties`, `maxProperties`; no member twice |
//!
//! The feature `validate` adds the rest of JSON Schema 2020-12: `not`, `if`, `contains`, `dependentRequired`,
//! `dependentSchemas`, `unevaluatedProperties`, `unevaluatedItems`. Without it, a schema that has one of them is named by a
//! warning at start. `format` is enforced by the Rust type, not by the check.
//!
//! At every depth `30.0` is accepted as an integer, and `null` for a member that may be left out. A text longer than 256 KiB
//! is not searched for a `pattern`, unless a `maxLength` allows it; nor is more than that in one call. A refusal lists at most
//! 50 faults in at most 8 KiB, and counts the others.
//!
//! # Limits
//! Everything that clients can make a server keep is bounded: [`limits`] has the table.
//!
//! # Features
//! | | |
//! | --- | --- |
//! | `macros` (default) | the attributes |
//! | `stdio` (default) | serving on the standard streams |
//! | `http` (default) | serving Streamable HTTP: [`Http`] |
//! | `cli` (default) | the command line of server programs |
//! | `client-logs` (default) | what handlers log with `tracing`, sent to clients |
//! | `validate` | the crate `jsonschema` checks what of a schema the built-in check does not know |

mod args;
mod background;
mod budget;
mod bus;
mod call;
#[cfg(feature = "client-logs")]
mod client_logs;
mod extract;
mod json_schema;
mod json_text;
mod macros;
mod nearest;
mod nested;
mod order;
mod output;
pub mod prelude;
#[cfg(feature = "stdio")]
mod program;
mod questions;
mod registry;
mod server;
mod service;
mod state;
mod store;
mod transport;
mod vault;

#[doc = include_str!("../docs/limits.md")]
pub mod limits {}

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use args::{CompleteFn, Completing};
pub use call::{
    Amount, AskError, Capability, Client, Ctx, InputRequired, LogData, Principal, Progress, ProgressMessage, Question,
    Sent, Session, Total,
};
#[cfg(feature = "client-logs")]
pub use client_logs::{ClientLogs, client_logs};
pub use extract::FromCall;
pub use mcp_proto::Version;
pub use mcp_proto::era::CacheScope;
pub use mcp_proto::types::{
    Annotations, Audio, Content, Embedded, Icon, Image, LogLevel, PromptMessage, ResourceContents, ResourceLink, Role,
    Text,
};
pub use nested::{CallToolResult, GetPromptResult, GotMessage, ReadContents, ReadResourceResult};
pub use output::{
    Error, IntoError, Prompt, PromptOutput, PromptWriter, ResourceOutput, ResourceWriter, Result, ToolOutput,
    ToolResult, ToolWriter,
};
#[cfg(feature = "stdio")]
pub use program::{StartError, init_logging};
pub use questions::{
    Elicit, Elicitation, IncludeContext, RawElicitation, Root, Roots, Sampled, SampledContent, Sampling,
    SamplingContent, ToolChoice, ToolUse, UrlElicitation, elicit, elicit_raw, elicit_url, roots, sample,
};
pub use registry::{BuildError, Group, Problem, dynamic};
pub use server::{Server, ServerBuilder, ServerHandle};
pub use state::{Missing, State, States};
pub use transport::MemoryClient;
#[cfg(feature = "http")]
pub use transport::{Body, ClientAddress, Http, Listening, Routes};

/// The crates that types of arguments and results are derived with, in the versions that this crate understands.
pub use {schemars, serde, serde_json};

#[cfg(feature = "macros")]
pub use mcp_macros::{Elicit, prompt, prompts, resource, resources, tool, tools};
