//! A client: connects to any MCP server of any revision, and uses it like a library.
//!
//! ```no_run
//! use mcp_runtime::client::Client;
//! use serde_json::json;
//!
//! # async fn example() -> Result<(), mcp_runtime::client::ClientError> {
//! let client = Client::connect("http://127.0.0.1:3000/mcp").await?; // or
//! let client = Client::spawn("npx -y @modelcontextprotocol/server-everything").await?;
//!
//! for tool in client.tools().await? {
//!     println!("{}: {}", tool.name, tool.description.unwrap_or_default());
//! }
//! let sum: i64 = client.call("add", json!({"a": 2, "b": 3})).await?.value()?;
//! # let _ = sum;
//! # Ok(())
//! # }
//! ```
//!
//! Which revision is spoken is found out when the client connects, and makes no difference to the code: what a server asks
//! ([`ClientHandler`]) is answered by the same functions, whether it asks with requests of its own or in its results.
//!
//! | | |
//! | --- | --- |
//! | [`Client`] | a server, and what it offers |
//! | [`ClientBuilder`] | what differs: headers, a revision, time limits, a handler |
//! | [`ClientHandler`] | answers forms, sampling and roots; hears logs |
//! | [`Call`] | a call of a tool: progress, deadlines, cancellation |
//! | [`Changes`] | what changes at the server, as a stream that survives reconnects |
//! | [`ClientError`] | why something has failed, and whether it may have happened |
//! | [`ServerConfig`] | the `mcpServers` of configuration files |
//! | [`Pool`] | many clients, few connections |
//!
//! The feature `client` has all of it. `client-stdio` leaves HTTP out, and with it the crates for it.

mod batch;
mod builder;
mod cache;
mod call;
mod carrier;
mod changes;
mod child;
mod config;
mod connect;
mod content;
mod drive;
mod error;
mod exchange;
mod handler;
mod health;
#[cfg(feature = "client")]
mod http;
mod hub;
mod inner;
mod items;
mod known;
mod launch;
mod link;
mod lists;
#[cfg(all(feature = "client", feature = "cli"))]
mod manner;
mod memory;
mod mirror;
mod options;
mod outbox;
mod pool;
mod progress;
mod request;
mod requests;
mod result;
mod retry;
mod sent;
mod stream;
mod subscribed;
mod target;
mod tool;
pub(crate) mod typed;
mod waiting;
mod watchdog;
#[cfg(all(feature = "client", feature = "ws"))]
mod ws;

pub use builder::ClientBuilder;
pub use call::{Call, CancelHandle, Running};
pub use changes::{Changes, Wanted};
pub use config::{ConfigError, ServerConfig};
pub use content::{ContentBlock, EmbeddedBlock, LinkBlock, MediaBlock, TextBlock};
pub use error::{ClientError, HttpFailure, Lost, Reason, RpcFailure, ToolError};
#[cfg(all(feature = "client", feature = "cli"))]
pub(crate) use handler::{Answered, RawQuestion};
pub use handler::{
    ClientHandler, ElicitationForm, ElicitationPage, ElicitationReply, LogMessage, SamplingReply, SamplingRequest,
};
pub use health::{ClientState, Health};
pub use hub::{Change, FrameDirection};
pub use items::{PromptArgument, PromptItem, ResourceItem, TemplateItem, Tool, ToolHints};
pub use launch::{Launch, Stderr};
pub use lists::Pages;
#[cfg(all(feature = "client", feature = "cli"))]
pub(crate) use manner::Manner;
pub use mcp_proto::engine::Agreement;
pub use pool::Pool;
pub use progress::{ProgressReport, ProgressStream};
pub use requests::Completing;
pub use result::{CallResult, Completion, MessageBlock, PromptResult};
pub use retry::Retry;
pub use target::Target;
pub(crate) use typed::AsClient;
pub use typed::TypedCall;

#[cfg(all(feature = "client", feature = "tls"))]
pub use crate::tls::ClientTls;

#[cfg(feature = "macros")]
pub use mcp_macros::{call, get as prompt, read};

use std::sync::Arc;

use self::drive::{Ask, drive};
use self::inner::Inner;
use self::progress::Reports;
use self::request::Request;
use crate::server::Server;

/// A connection to an MCP server, and what the server offers. Clones share it; once the last one is dropped the connection ends.
///
/// The connection is opened again when it was lost, and what is safe to send again is sent again ([`Retry`]).
///
/// ```standalone_crate
/// use mcp_runtime::client::Client;
/// use mcp_runtime::prelude::*;
/// use serde_json::json;
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // A server in this process: for tests, and for programs that are both.
/// let server = Server::new("calculator").build()?;
/// let client = Client::to(&server).await?;
///
/// assert_eq!(client.tools().await?[0].name, "add");
/// let sum: i64 = client.call("add", json!({"a": 2, "b": 3})).await?.value()?;
/// assert_eq!(sum, 5);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    inner: Arc<Inner>,
}

impl Client {
    /// Connects to a URL: `http://…` or `https://…` (the latter with the feature `tls`). Another text is a command line, and a
    /// [`Target`] anything that can be connected to.
    ///
    /// # Errors
    /// [`ClientError`]: the server cannot be reached, or speaks none of our revisions.
    pub async fn connect(target: impl Into<Target>) -> Result<Self, ClientError> {
        Self::builder().connect(target).await
    }

    /// Connects over a [`Transport`](crate::transport::Transport) of your own. It is used once: a connection that is lost is not
    /// opened again.
    ///
    /// # Errors
    /// [`ClientError`]: the transport has failed, or the server speaks none of our revisions.
    pub async fn over(transport: impl crate::transport::Transport) -> Result<Self, ClientError> {
        Self::connect(Target::over(transport)).await
    }

    /// Starts a program and talks to it on its standard input and output: a command line, a [`Launch`], or a
    /// [`std::process::Command`]. The words of a command line are told apart as a shell does; the path of a file is one word,
    /// whatever blanks it has. The program ends with the client.
    ///
    /// ```no_run
    /// use mcp_runtime::client::{Client, Launch};
    ///
    /// # async fn example() -> Result<(), mcp_runtime::client::ClientError> {
    /// let client = Client::spawn("npx -y @modelcontextprotocol/server-everything").await?;
    /// let other = Client::spawn(Launch::new("my-server").arg("--quiet").env("KEY", "value")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ClientError`]: it cannot be started, or does not speak the protocol.
    pub async fn spawn(launch: impl Into<Launch>) -> Result<Self, ClientError> {
        Self::builder().connect(launch.into()).await
    }

    /// Connects to a server in this process, through the whole protocol.
    ///
    /// # Errors
    /// [`ClientError`], as for any other server.
    pub async fn to(server: &Server) -> Result<Self, ClientError> {
        Self::builder().connect(server).await
    }

    /// A builder, for what differs from the defaults.
    pub fn builder() -> ClientBuilder {
        ClientBuilder::new()
    }

    /// What client and server have agreed on: the revision, and the server's name, capabilities and instructions. It opens a
    /// connection where there is none. Keep it, and hand it to [`ClientBuilder::agreement`] to skip the search next time.
    ///
    /// # Errors
    /// The connection cannot be opened.
    pub async fn agreement(&self) -> Result<Arc<Agreement>, ClientError> {
        Ok(Arc::clone(&self.inner.link().await?.agreement))
    }

    /// What the client is at now.
    pub fn state(&self) -> ClientState {
        self.inner.pulse.state()
    }

    /// What the client is at, as it changes.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, ClientState};
    /// # async fn example(client: Client) {
    /// let mut states = client.states();
    /// while states.changed().await.is_ok() {
    ///     println!("{:?}", *states.borrow_and_update());
    /// }
    /// # }
    /// ```
    pub fn states(&self) -> tokio::sync::watch::Receiver<ClientState> {
        self.inner.pulse.states()
    }

    /// How the client is doing.
    pub fn health(&self) -> Health {
        self.inner.pulse.health()
    }

    /// How many requests wait for their answers.
    pub fn in_flight(&self) -> usize {
        self.inner.current().map_or(0, |link| link.exchange.in_flight())
    }

    /// Ends the connection in good order: a program has its input closed, and is ended if that does not end it; a session on HTTP
    /// is closed. Requests that are out fail, and no others can be made.
    pub async fn close(&self) {
        self.inner.close().await;
    }

    /// A request with the settings of this client.
    fn ask(&self, method: &'static str, params: String) -> Ask {
        let options = &self.inner.options;
        let hear = self.inner.hub.handler().progress();
        let hear = hear.filter(|_| matches!(method, "tools/call" | "resources/read" | "prompts/get"));
        let reports = hear.map(|hear| Arc::new(Reports::heard_by(Arc::clone(hear))));
        let log_level = options.log_level;
        Ask {
            request: Request { method: method.into(), params, log_level, reports, ..Request::default() },
            timeout: options.timeout,
            total_timeout: options.total_timeout,
            is_repeatable: method != "tools/call",
            on_progress: None,
            cancelled: None,
        }
    }

    /// Asks, and gives the result as JSON.
    async fn result(&self, mut ask: Ask) -> Result<String, ClientError> {
        let response = drive(&self.inner, &mut ask).await?;
        Ok(response.outcome().unwrap_or("{}").to_owned())
    }
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("server", &self.inner.hub.name()).field("state", &self.state()).finish()
    }
}
