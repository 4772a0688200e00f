//! MCP (Model Context Protocol) servers in Rust: write functions, mark them, and serve them.
//!
//! ```
//! use mcp_runtime::prelude::*;
//!
//! /// Greets somebody by name.
//! #[tool]
//! fn greet(
//!     /// The first name.
//!     name: &str,
//! ) -> String {
//!     format!("Hello, {name}!")
//! }
//!
//! # mod program {
//! mcp_runtime::main!();
//! # }
//! # fn main() {
//! // A marked function is still an ordinary function, so a unit test calls it.
//! assert_eq!(greet("Ada"), "Hello, Ada!");
//! # }
//! ```
//!
//! That is a whole program. The comments are the descriptions that models read, and the signature makes the schema.
//!
//! | | |
//! | --- | --- |
//! | try it | `cargo run -- call greet name=Ada` |
//! | see what it offers | `cargo run -- list` |
//! | give it to a host | `{ "mcpServers": { "my-server": { "command": "/path/to/my-server" } } }`: without arguments it serves on standard input and output |
//! | serve it on HTTP | `cargo run -- serve --http`, at `http://127.0.0.1:3000/mcp` |
//!
//! Every revision of the protocol from 2024-11-05 to 2026-07-28 is served; the client chooses.
//!
//! # Dependencies
//! The crate is not published yet: name its directory in your clone of the repository. Structs as arguments and results need two
//! more crates, which are also here as [`mcp_runtime::serde`](serde) and [`mcp_runtime::schemars`](schemars):
//!
//! ```toml
//! [dependencies]
//! mcp-runtime = { path = "../mcp-runtime/mcp-runtime" }
//! serde = { version = "1", features = ["derive"] }
//! schemars = "1"
//! ```
//!
//! # State and errors
//! Give a value to the server, and take it as [`State`]. Return a [`Result`]: the error's text tells the model what went wrong.
//!
//! ```
//! use mcp_runtime::prelude::*;
//!
//! struct Prices(Vec<(String, u64)>);
//!
//! /// Says what something costs, in cents.
//! #[tool(read_only)]
//! fn price(name: &str, prices: State<Prices>) -> Result<u64> {
//!     let found = prices.0.iter().find(|(known, _)| known == name);
//!     found.map(|(_, cents)| *cents).ok_or_else(|| Error::new(format!("there is no {name}")))
//! }
//!
//! # mod program {
//! # use super::*;
//! mcp_runtime::main!(|server| server.state(Prices(vec![("tea".to_owned(), 250)])));
//! # }
//!
//! # fn main() {
//! // In a unit test:
//! let prices = State::new(Prices(vec![("tea".to_owned(), 250)]));
//! assert_eq!(price("tea", prices).unwrap(), 250);
//! # }
//! ```
//!
//! If a state is missing, the program does not start, and the message names the function with file and line. [`Ctx::for_test`] makes
//! the context of a function that takes `&Ctx`, and answers the questions that it asks.
//!
//! # Where to find what
//! | | |
//! | --- | --- |
//! | [`tool`], [`resource`], [`prompt`] | mark functions; their docs list all options, parameters and results |
//! | [`handlers`] | marks the methods of a type, whose `&self` is the server's state |
//! | [`main!`], [`run!`], [`server!`] | make a program with a command line; [`CliOption`] is an option of its own |
//! | [`Server`], [`ServerBuilder`], [`ServerHandle`] | build a server in your own `main`, and change it while it runs |
//! | [`Http`], [`Routes`] | serve HTTP: a `tower` service for axum, or a server of its own |
//! | [`Authenticate`], [`Challenge`] | identify the callers of HTTP |
//! | [`Policy`], [`Decision`], [`PolicyDefault`] | who may use what; functions say it in their attribute |
//! | [`Ctx`] | progress, logs, cancellation, the client, the server's own tools |
//! | [`State`], [`FromCall`] | parameters that come from the program, or from an extractor of your own |
//! | [`elicit()`], [`elicit_url`], [`sample()`], [`roots()`] | questions to the client, asked by [`Ctx::ask`]; [`Elicit`](derive@Elicit) makes forms |
//! | [`ToolResult`], [`Content`], [`Image`], [`Audio`], [`ResourceLink`], [`Embedded`] | results that are more than text and JSON |
//! | [`Error`], [`IntoError`] | errors: what the model is told, and what is only logged |
//! | [`Group`] | several servers in one program |
//! | [`layers`] | middleware: [`ServerBuilder::around`], `tower` layers, and layers for what servers need most |
//! | [`dynamic`] | tools, resources and prompts that are known at run time only |
//! | `client` (feature `client-stdio` or `client`) | uses any MCP server, also one in this process: calls, lists, questions; `call!`, `read!` and `prompt!` for functions of yours |
//! | `testing` (feature `client-stdio`) | `TestClient`: tests of a server from a client's side |
//! | [`MemoryClient`] | a connection to the server inside the process: raw frames, for tests |
//!
//! The repository has programs in `examples/`, and a book in `docs/` that begins with `first-server.md`.
//!
//! # Tools in other crates
//! A function is registered when its crate is linked, and the linker leaves out a crate that the program never names. If you
//! depend on a crate only for its tools, write [`link!(that_crate)`](link!).
//!
//! # How arguments are checked
//! Arguments must fit the tool's input schema, at every depth, before the function is called. The schema is compiled when
//! the server is built. Scalars and lists of scalars without constraints cost nothing extra; anything else costs one walk over
//! its JSON.
//!
//! | Checked by default | |
//! | --- | --- |
//! | all kinds | `type`, `enum`, `const`, `$ref` within the schema, `allOf`, `anyOf`, `oneOf` |
//! | numbers | `minimum`, `maximum`, `exclusiveMinimum`, `exclusiveMaximum`, `multipleOf`, and what the Rust type holds |
//! | texts | `minLength`, `maxLength`, `pattern` |
//! | arrays | `items`, `prefixItems`, `minItems`, `maxItems`, `uniqueItems` |
//! | objects | `properties`, `required`, `additionalProperties`, `patternProperties`, `propertyNames`, `minProperties`, `maxProperties`; no member twice |
//!
//! With `validate_arguments` (feature `validate`) a server also checks the rest of JSON Schema 2020-12: `not`,
//! `if`, `contains`, `dependentRequired`, `dependentSchemas`, `unevaluatedProperties`, `unevaluatedItems`. Without it, a warning at
//! start names a schema that has one of them. `format` is enforced by the Rust type, not by the check.
//!
//! At every depth `30.0` is accepted as an integer, and `null` for a member that may be left out. The search for a `pattern` is
//! bounded (see [`limits`]); a text within its `maxLength` is always searched. A refusal lists at most 50 faults in at most
//! 8 KiB, and counts the others.
//!
//! # Limits
//! The memory and the time that clients can use are bounded: [`limits`] lists every bound and how to set it.
//!
//! # Features
//! | | |
//! | --- | --- |
//! | `macros` (default) | `#[tool]`, `#[resource]`, `#[prompt]`, `#[handlers]` and `#[derive(Elicit)]` |
//! | `stdio` (default) | serving on standard input and output |
//! | `http` (default) | serving Streamable HTTP: [`Http`] |
//! | `cli` (default) | the command line of server programs |
//! | `client-logs` (default) | sends to clients what handlers log with `tracing` |
//! | `install` (default) | the commands `install`, `uninstall` and `doctor` of server programs |
//! | `completions` | completions in shells, of server programs; it comes with `cli` and `client` together, too |
//! | `client` | a client of any server; `client-stdio` is the same without HTTP |
//! | `ws` | WebSocket: [`Http::with_ws`], and the client's; brings `http` |
//! | `unix`, `pipes` | Unix domain sockets, and named pipes of Windows, of servers and of the client |
//! | `systemd` | sockets that systemd passes on, readiness and the watchdog; brings `http` and `unix` |
//! | `streams` | transports of your own, for servers and clients |
//! | `tls` | `https://`: [`Listening::tls`] for servers, and the client's; brings `http` |
//! | `auth` | checks of credentials for [`Http::authenticate`], and the metadata that tells clients where to get some; `tls` for issuers behind `https://`; brings `client` and `http` |
//! | `layers` | `tower` layers over calls, and layers for what servers need most |
//! | `otel` | a span of OpenTelemetry for each request: [`layers`] has `Trace` |
//! | `validate` | `ServerBuilder::validate_arguments`: the crate `jsonschema` checks the keywords of a schema that the built-in check does not know |
#![warn(unreachable_pub)]

mod args;
#[cfg(all(feature = "cli", any(feature = "auth", feature = "install")))]
mod atomic_file;
#[cfg(feature = "auth")]
pub mod audit;
#[cfg(feature = "auth")]
pub mod auth;
mod background;
mod budget;
mod bus;
mod call;
#[cfg(feature = "client-stdio")]
pub mod client;
#[cfg(feature = "client-logs")]
mod client_logs;
mod consent;
mod escape;
mod extract;
mod finite;
mod gate;
mod joined;
mod json_schema;
mod json_text;
pub mod layers;
mod lock;
mod log;
mod macros;
mod meter;
mod metrics;
#[cfg_attr(
    not(any(feature = "auth", feature = "tls")),
    allow(dead_code, reason = "moments are read in files of operators")
)]
mod moment;
mod nearest;
mod nested;
mod order;
mod output;
pub mod prelude;
#[cfg(feature = "stdio")]
mod program;
mod questions;
#[cfg(feature = "http")]
mod readiness;
mod redact;
mod registry;
mod server;
mod service;
mod state;
mod store;
mod tally;
#[cfg(feature = "client-stdio")]
pub mod testing;
#[cfg(feature = "tls")]
mod tls;
#[cfg(feature = "auth")]
mod toml;
pub mod transport;
mod vault;
mod wait;

#[doc = include_str!("../docs/limits.md")]
pub mod limits {}

/// The first program that a reader tries must compile.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;

pub use args::{CompleteFn, CompleteOutput, Completing};
pub use call::{
    Amount, AskError, AuthMethod, Capability, ClientInfo, Ctx, InputRequired, LogData, Policy, Principal, Progress,
    ProgressMessage, Question, Sent, Session, TestCaller, TestLog, TestProgress, Total,
};
#[cfg(feature = "client-logs")]
pub use client_logs::{ClientLogs, client_logs};
pub use consent::{Permission, PermissionManager};
pub use extract::FromCall;
pub use metrics::{Metrics, OperationMetrics};

// The docs of these stand here, because their examples need this crate.
/// The revision of the protocol that a call is served in: what [`Ctx::protocol`] returns. Few functions have to know it.
///
/// ```
/// use mcp_runtime::Version;
/// use mcp_runtime::prelude::*;
///
/// /// Tells which revision the client speaks.
/// #[tool]
/// fn revision(ctx: &Ctx) -> String {
///     let version = ctx.protocol();
///     let sessions = if version.is_stateless() { "without sessions" } else { "with sessions" };
///     format!("{version}, {sessions}")
/// }
///
/// assert_eq!(Version::parse("2025-11-25"), Some(Version::V2025_11_25));
/// assert!(Version::V2025_11_25 < Version::LATEST);
/// ```
#[doc(inline)]
pub use mcp_proto::Version;
/// Who may keep a list or the contents of a resource: what [`ServerBuilder::cache_lists`] and [`ServerBuilder::cache_reads`] take.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::CacheScope;
/// use mcp_runtime::prelude::*;
///
/// // All callers see the same tools, and each one other notes.
/// let server = Server::empty("notes")
///     .cache_lists(Duration::from_secs(600), CacheScope::Public)
///     .cache_reads(Duration::from_secs(5), CacheScope::Private);
/// ```
#[doc(inline)]
pub use mcp_proto::era::CacheScope;
/// Whom content or a resource is for, how important it is, and when it changed.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// let logo = Image::png(vec![1, 2, 3]).annotated(Annotations::new().audience(&["user"]).priority(0.2));
/// ```
#[doc(inline)]
pub use mcp_proto::types::Annotations;
/// Sound, as the result of a tool or in a prompt.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Plays the signal.
/// #[tool]
/// fn signal() -> Audio {
///     Audio::wav(vec![b'R', b'I', b'F', b'F'])
/// }
/// ```
#[doc(inline)]
pub use mcp_proto::types::Audio;
/// A block of content of any kind, for functions that return several kinds.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Draws a chart and explains it.
/// #[tool]
/// fn chart() -> Vec<Content> {
///     let png = vec![0x89, b'P', b'N', b'G'];
///     vec![Content::text("Sales went up."), Image::png(png).into()]
/// }
/// ```
#[doc(inline)]
pub use mcp_proto::types::Content;
/// The contents of a resource within the result of a tool or in a prompt.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Shows the manual.
/// #[tool]
/// fn manual() -> Embedded {
///     Embedded::text("docs://manual", "text/markdown", "# Manual")
/// }
/// ```
#[doc(inline)]
pub use mcp_proto::types::Embedded;
/// An icon of the server: what [`ServerBuilder::icon`] takes.
///
/// ```
/// use mcp_runtime::Icon;
///
/// const LOGO: Icon = Icon::new("https://example.com/logo.png").mime("image/png").sizes(&["48x48"]);
/// ```
#[doc(inline)]
pub use mcp_proto::types::Icon;
/// A picture, as the result of a tool or in a prompt.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Shows the logo.
/// #[tool]
/// fn logo() -> std::io::Result<Image> {
///     let png = std::fs::read("logo.png")?;
///     Ok(Image::png(png).annotated(Annotations::new().audience(&["user"])))
/// }
/// ```
#[doc(inline)]
pub use mcp_proto::types::Image;
/// How severe a log message is: what [`Ctx::log`] takes, and what clients set.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Deletes old files.
/// #[tool(destructive)]
/// fn clean(ctx: &Ctx) {
///     ctx.log(LogLevel::Alert, Some("disk"), "there is no space left");
/// }
///
/// assert_eq!(LogLevel::parse("alert"), Some(LogLevel::Alert));
/// assert!(LogLevel::Debug < LogLevel::Error);
/// ```
#[doc(inline)]
pub use mcp_proto::types::LogLevel;
/// A message of a prompt.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Practises sums.
/// #[prompt]
/// fn practise() -> Vec<PromptMessage> {
///     vec![PromptMessage::user("What is 2 + 3?"), PromptMessage::assistant("5"), PromptMessage::user("And 3 + 4?")]
/// }
/// ```
#[doc(inline)]
pub use mcp_proto::types::PromptMessage;
/// The contents of a resource with their MIME type and URI, for functions that return more than text or bytes.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// The project's manual, and its logo.
/// #[resource("project://about")]
/// fn about() -> Vec<ResourceContents> {
///     vec![
///         ResourceContents::text("# Hello").mime("text/markdown"),
///         ResourceContents::blob(vec![1, 2, 3]).uri("project://logo").mime("image/png"),
///     ]
/// }
/// ```
#[doc(inline)]
pub use mcp_proto::types::ResourceContents;
/// A link to a resource, as the result of a tool or in a prompt.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Finds the manual.
/// #[tool]
/// fn manual() -> ResourceLink {
///     ResourceLink::new("file:///manual.md", "manual.md").title("The manual").mime("text/markdown")
/// }
/// ```
#[doc(inline)]
pub use mcp_proto::types::ResourceLink;
/// Who says a message of a prompt.
///
/// ```
/// use mcp_runtime::Role;
/// use mcp_runtime::client::{Client, ClientError};
///
/// /// What the user is to say in a prompt, without what the model is to have answered.
/// async fn of_the_user(client: &Client) -> Result<String, ClientError> {
///     let prompt = client.prompt("review", ()).await?;
///     Ok(prompt.messages.iter().filter(|message| message.role == Role::User).filter_map(|message| message.content.text()).collect())
/// }
/// ```
#[doc(inline)]
pub use mcp_proto::types::Role;
/// A block of text with hints. Without hints a `String` does.
///
/// ```
/// use mcp_runtime::Text;
/// use mcp_runtime::prelude::*;
///
/// /// Explains the result to the user alone.
/// #[tool]
/// fn explain() -> Text {
///     Text::new("Sales went up.").annotated(Annotations::new().audience(&["user"]).priority(1.0))
/// }
/// ```
#[doc(inline)]
pub use mcp_proto::types::Text;
pub use nested::{CallToolResult, GetPromptResult, GotMessage, ReadContents, ReadResourceResult};
pub use output::{
    Decision, Error, ErrorKind, FORBIDDEN, IntoError, Prompt, PromptOutput, PromptWriter, ResourceOutput,
    ResourceWriter, Result, ToolOutput, ToolResult, ToolWriter,
};
#[cfg(feature = "cli")]
pub use program::{CliOption, CliOptionError, CliOptions};
#[cfg(feature = "stdio")]
pub use program::{StartError, init_logging, limit_stderr};
pub use questions::{
    Elicit, Elicitation, IncludeContext, RawElicitation, Root, Roots, Sampled, SampledContent, Sampling,
    SamplingContent, ToolChoice, ToolUse, UrlElicitation, elicit, elicit_raw, elicit_url, roots, sample,
};
pub use registry::{BuildError, Group, Hint, PolicyDefault, Problem, PromptDef, ResourceDef, ToolDef, dynamic};
#[cfg(feature = "http")]
pub use server::ReadyOutput;
pub use server::{Permissions, Server, ServerBuilder, ServerHandle};
pub use service::{ConnectionEvent, ConnectionState, Events, LifecycleEvent, ServerState};
pub use state::{Missing, State, States};
#[cfg(feature = "tls")]
pub use tls::{Tls, TlsError};
#[cfg(any(feature = "auth", feature = "tls"))]
pub use transport::http::PeerCertificate;
#[cfg(feature = "http")]
pub use transport::http::{Authenticate, Body, Challenge, ClientAddress, Http, IntoAuthenticate, Listening, Routes};
pub use transport::memory::MemoryClient;
#[cfg(any(feature = "stdio", feature = "http", feature = "streams"))]
pub use transport::signals::shutdown_signal;

/// The crates that types of arguments and results are derived with, in the versions that this crate understands.
pub use {schemars, serde, serde_json};

/// The crate of the requests that [`Authenticate`] and [`Ctx::http`] see.
#[cfg(feature = "http")]
pub use http;

#[cfg(feature = "macros")]
pub use mcp_macros::{Elicit, handlers, prompt, prompts, resource, resources, tool, tools};
