//! Tests of servers, from a client's side: in this process, and through the whole protocol.
//!
//! ```standalone_crate
//! use mcp_runtime::client::call;
//! use mcp_runtime::prelude::*;
//! use mcp_runtime::testing::{Answer, TestClient};
//! use serde_json::json;
//!
//! #[derive(Elicit)]
//! struct Sure {
//!     /// Really?
//!     sure: bool,
//! }
//!
//! /// Deletes a file, after the user has confirmed it.
//! #[tool(destructive)]
//! async fn delete(ctx: &Ctx, name: &str) -> Result<String> {
//!     ctx.progress(1, 2, format!("looking for {name}")).await;
//!     let Sure { sure } = ctx.ask("sure", elicit(format!("Delete {name}?"))).await?;
//!     Ok(if sure { format!("deleted {name}") } else { "kept".to_owned() })
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let server = Server::new("files").build()?;
//! let client = TestClient::to(&server).await.answering([Answer::accept(json!({"sure": true}))]);
//!
//! assert_eq!(call!(client, delete("a.txt")).await?, "deleted a.txt");
//!
//! assert_eq!(client.questions()[0].message, "Delete a.txt?");
//! assert_eq!(client.progress()[0].message.as_deref(), Some("looking for a.txt"));
//! # Ok(())
//! # }
//! ```
//!
//! | | |
//! | --- | --- |
//! | [`TestClient`] | a client that records what it hears, and answers as it was told |
//! | [`Answer`] | an answer to a question |
//! | [`TestClient::assert_snapshot`] | holds all that the server offers to a file |
//! | `Served` | a program of your own that serves on HTTP while a test runs (feature `client`) |
//! | [`Ctx::for_test`](crate::Ctx::for_test) | a context, to call a function without any server |
//! | `Issuer` (feature `auth`) | an authorization server in this process |
//! | [`MemoryClient`](crate::MemoryClient) | raw frames |

mod answer;
mod difference;
#[cfg(feature = "auth")]
mod issuer;
#[cfg(feature = "client")]
mod served;
mod snapshot;

pub use answer::{Answer, Asked};
#[cfg(feature = "auth")]
pub use issuer::{DpopKey, DpopProof, Issuer, Token};
#[cfg(feature = "client")]
pub use served::{Served, ToServe};

use std::ops::Deref;
use std::sync::{Arc, MutexGuard};

use mcp_proto::Version;
use mcp_proto::types::LogLevel;

use self::answer::Script;
use crate::call::Principal;
use crate::client::{AsClient, Client, ClientBuilder, ClientHandler, LogMessage, ProgressReport, Target};
use crate::lock::Lock;
use crate::server::Server;

/// A client of a server in this process: a [`Client`], which records what it is told and asked, and answers what it was given
/// answers for ([`answering`](Self::answering)).
///
/// It declares forms, web pages and sampling, and asks for all log messages and all progress. It panics where the test cannot go
/// on: without a connection.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::testing::TestClient;
/// use serde_json::json;
///
/// /// Adds two numbers.
/// #[tool]
/// async fn add(ctx: &Ctx, a: i64, b: i64) -> i64 {
///     ctx.info("adding").await;
///     a + b
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let client = TestClient::to(&Server::new("sums").build()?).await;
/// let sum: i64 = client.call("add", json!({ "a": 2, "b": 3 })).await?.value()?;
/// assert_eq!(sum, 5);
/// assert_eq!(client.log_lines(), ["info: adding"]);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct TestClient {
    client: Client,
    heard: Arc<Heard>,
}

/// What was heard.
#[derive(Debug, Default)]
struct Heard {
    progress: Lock<Vec<ProgressReport>>,
    logs: Lock<Vec<LogMessage>>,
    script: Lock<Script>,
}

/// Makes a [`TestClient`] that differs from the defaults.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::testing::TestClient;
/// use mcp_runtime::Version;
///
/// # async fn example(server: Server) {
/// let client = TestClient::builder()
///     .version(Version::V2025_11_25)
///     .principal(Principal::new("ada").with_roles(["clerk"]))
///     .to(&server)
///     .await;
/// # }
/// ```
#[derive(Debug)]
#[must_use]
pub struct TestClientBuilder {
    client: ClientBuilder,
    principal: Option<Principal>,
    roots: Vec<(String, String)>,
    answers: Vec<Answer>,
}

impl TestClient {
    /// Connects to a server, in the newest revision.
    ///
    /// # Panics
    /// The server does not let it in, or there is no tokio runtime.
    pub async fn to(server: &Server) -> Self {
        Self::builder().to(server).await
    }

    /// Connects to a server in this revision.
    ///
    /// ```standalone_crate
    /// # use mcp_runtime::client::call;
    /// # use mcp_runtime::prelude::*;
    /// # use mcp_runtime::testing::TestClient;
    /// use mcp_runtime::Version;
    ///
    /// # /// Adds.
    /// # #[tool]
    /// # fn add(a: i64, b: i64) -> i64 { a + b }
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let server = Server::new("sums").build()?;
    /// for version in Version::ALL {
    ///     let client = TestClient::in_revision(&server, version).await;
    ///     assert_eq!(call!(client, add(2, 3)).await?, 5, "{version}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// As [`to`](Self::to).
    pub async fn in_revision(server: &Server, version: Version) -> Self {
        Self::builder().version(version).to(server).await
    }

    /// A builder, for what differs from the defaults. Its client keeps no results: a list is as it is when it is asked for, and not
    /// up to its `ttlMs` old.
    pub fn builder() -> TestClientBuilder {
        TestClientBuilder::default()
    }

    /// Answers the server's next questions with these, one after the other. A question for which no answer is left, or whose
    /// answer is of another kind, is answered with an error that says so.
    #[must_use]
    pub fn answering(self, answers: impl IntoIterator<Item = impl Into<Answer>>) -> Self {
        locked(&self.heard.script).add(answers.into_iter().map(Into::into));
        self
    }

    /// What the server has asked so far.
    pub fn questions(&self) -> Vec<Asked> {
        locked(&self.heard.script).asked.clone()
    }

    /// How many answers are left.
    pub fn answers_left(&self) -> usize {
        locked(&self.heard.script).left()
    }

    /// How far calls have come: all reports so far.
    pub fn progress(&self) -> Vec<ProgressReport> {
        locked(&self.heard.progress).clone()
    }

    /// What the server has logged so far, to this client. What handlers log with `tracing` is among it in programs that have set
    /// up [`client_logs`](crate::client_logs()).
    pub fn logs(&self) -> Vec<LogMessage> {
        locked(&self.heard.logs).clone()
    }

    /// The texts of what the server has logged so far, each after its level: `warning: disk is full`.
    pub fn log_lines(&self) -> Vec<String> {
        let logs = locked(&self.heard.logs);
        logs.iter().map(|message| format!("{}: {}", message.level.as_str(), message.text())).collect()
    }

    /// Forgets what was heard and asked so far. Answers that are left stay.
    pub fn forget(&self) {
        locked(&self.heard.progress).clear();
        locked(&self.heard.logs).clear();
        locked(&self.heard.script).asked.clear();
    }
}

impl Deref for TestClient {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl AsClient for TestClient {
    fn as_client(&self) -> &Client {
        &self.client
    }
}

impl Default for TestClientBuilder {
    fn default() -> Self {
        let client = ClientBuilder::default().cache_limit(0);
        Self { client, principal: None, roots: Vec::new(), answers: Vec::new() }
    }
}

impl TestClientBuilder {
    /// Speaks this revision.
    pub fn version(mut self, version: Version) -> Self {
        self.client = self.client.version(version);
        self
    }

    /// Calls as a known caller.
    pub fn principal(mut self, principal: Principal) -> Self {
        self.principal = Some(principal);
        self
    }

    /// Has a directory or file that the server may look at: its `file://` URI, and a name for people.
    pub fn root(mut self, uri: impl Into<String>, name: impl Into<String>) -> Self {
        self.roots.push((uri.into(), name.into()));
        self
    }

    /// Answers the server's questions with these: [`TestClient::answering`].
    pub fn answering(mut self, answers: impl IntoIterator<Item = impl Into<Answer>>) -> Self {
        self.answers.extend(answers.into_iter().map(Into::into));
        self
    }

    /// Sets anything else that a client has, such as time limits. Its handler is the test's own.
    pub fn client(mut self, set: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        self.client = set(self.client);
        self
    }

    /// Connects.
    ///
    /// # Panics
    /// The server does not let it in, or there is no tokio runtime.
    pub async fn to(self, server: &Server) -> TestClient {
        let heard = Arc::new(Heard::default());
        locked(&heard.script).add(self.answers);
        let (told, logged, asked) = (Arc::clone(&heard), Arc::clone(&heard), Arc::clone(&heard));
        let mut handler = ClientHandler::new()
            .on_progress(move |report| locked(&told.progress).push(report))
            .on_log(move |message| locked(&logged.logs).push(message))
            .answering(move |method, params| locked(&asked.script).answer(method, params));
        for (uri, name) in self.roots {
            handler = handler.root(uri, name);
        }
        let target = match self.principal {
            Some(principal) => Target::server_as(server, principal),
            None => Target::server(server),
        };
        let builder = self.client.identity("test", "1").log_level(LogLevel::Debug).handler(handler);
        match builder.connect(target).await {
            Ok(client) => TestClient { client, heard },
            Err(error) => panic!("the server is not connected: {error}"),
        }
    }
}

fn locked<T>(value: &Lock<T>) -> MutexGuard<'_, T> {
    value.lock()
}
