//! Where notifications go: to the handler, to caches, and to those who listen for changes.

use std::sync::{Arc, MutexGuard};

use mcp_proto::types::LogLevel;
use mcp_proto::wire::{Id, Notification, RpcError};
use serde::Deserialize;
use serde_json::value::RawValue;
use tokio::sync::broadcast;
use tokio::task::JoinHandle;

use super::cache::Cache;
use super::handler::{ClientHandler, LogMessage};
use super::result::member;
use crate::escape;
use crate::lock::Lock;

/// Changes that wait for somebody who listens; who is further behind is told that some were missed.
const WAITING: usize = 256;

/// Something has changed at the server.
///
/// ```
/// use mcp_runtime::client::{Change, Client, ClientError, Wanted};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let mut changes = client.changes(Wanted::new().resource("app://settings")).await?;
/// while let Some(change) = changes.next().await {
///     match change {
///         Change::Resource(uri) => println!("{uri} has changed"),
///         Change::Missed => println!("look at everything again"),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Change {
    /// Its tools.
    Tools,
    /// Its prompts.
    Prompts,
    /// Its resources, or their templates.
    Resources,
    /// The contents of a resource.
    Resource(String),
    /// The connection was lost, or too much has changed at once: look again at whatever matters.
    Missed,
}

/// What those hear who listen.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    /// Something has changed, as a subscription tells; in a session there is none.
    Change(Change, Option<Id>),
    /// A subscription has begun.
    Acknowledged(Id),
}

/// What is told to a client, of all the connections that it has in turn.
pub(super) struct Hub {
    name: Lock<Arc<str>>,
    handler: ClientHandler,
    pub(super) cache: Cache,
    heard: broadcast::Sender<Heard>,
    observer: Option<Observer>,
}

/// Whose message it is.
///
/// ```no_run
/// use mcp_runtime::client::{Client, FrameDirection};
///
/// # async fn example() -> Result<(), mcp_runtime::client::ClientError> {
/// let client = Client::builder()
///     .on_frame(|direction, frame| {
///         let arrow = if direction == FrameDirection::Sent { "→" } else { "←" };
///         println!("{arrow} {}", String::from_utf8_lossy(frame));
///     })
///     .connect("http://127.0.0.1:3000/mcp")
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FrameDirection {
    /// The client's.
    Sent,
    /// The server's.
    Received,
}

/// Sees the messages of both sides.
#[derive(Clone)]
pub(super) struct Observer(pub(super) Arc<Seeing>);

/// What sees them.
pub(super) type Seeing = dyn Fn(FrameDirection, &[u8]) + Send + Sync;

impl std::fmt::Debug for Observer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Observer")
    }
}

impl Hub {
    pub(super) fn new(name: &str, handler: ClientHandler, cache: Cache, observer: Option<Observer>) -> Self {
        Self { name: Lock::new(name.into()), handler, cache, heard: broadcast::channel(WAITING).0, observer }
    }

    /// A message was sent, or has come.
    pub(super) fn saw(&self, direction: FrameDirection, frame: &[u8]) {
        if let Some(Observer(see)) = &self.observer {
            see(direction, frame);
        }
    }

    /// The server has told its name.
    pub(super) fn call(&self, name: &str) {
        *self.locked_name() = name.into();
    }

    /// What the server is called in logs.
    pub(super) fn name(&self) -> String {
        self.locked_name().to_string()
    }

    fn locked_name(&self) -> MutexGuard<'_, Arc<str>> {
        self.name.lock()
    }

    pub(super) fn handler(&self) -> &ClientHandler {
        &self.handler
    }

    /// Answers a question of the server's, in a task of its own: where a handler panics, the server has an answer all the same.
    ///
    /// # Errors
    /// The error to answer with.
    pub(super) async fn answer(
        self: &Arc<Self>,
        key: Option<&str>,
        method: &str,
        params: &str,
    ) -> Result<String, RpcError> {
        let (this, key) = (Arc::clone(self), key.map(str::to_owned));
        let (method, params) = (method.to_owned(), params.to_owned());
        let mut task = Ended(tokio::spawn(async move { this.handler.answer(key.as_deref(), &method, &params).await }));
        (&mut task.0).await.unwrap_or_else(|_| Err(RpcError::internal()))
    }

    /// Hears of changes from now on.
    pub(super) fn listen(&self) -> broadcast::Receiver<Heard> {
        self.heard.subscribe()
    }

    /// The connection was lost: whatever has changed meanwhile was told to nobody.
    pub(super) fn missed(&self) {
        self.changed(Change::Missed, None);
    }

    /// Something has changed, as this subscription tells.
    fn changed(&self, change: Change, subscription: Option<Id>) {
        match &change {
            Change::Tools => self.cache.drop_list("tools/list"),
            Change::Prompts => self.cache.drop_list("prompts/list"),
            Change::Resources => {
                self.cache.drop_list("resources/list");
                self.cache.drop_list("resources/templates/list");
            }
            Change::Resource(uri) => self.cache.drop_resource(uri),
            Change::Missed => self.cache.clear(),
        }
        // Nobody may listen.
        let _ = self.heard.send(Heard::Change(change, subscription));
    }

    /// A notification has come.
    pub(super) fn hear(&self, notification: &Notification) {
        match &*notification.method {
            "notifications/message" => self.hear_log(notification),
            "notifications/tools/list_changed" => self.changed(Change::Tools, subscription(notification)),
            "notifications/prompts/list_changed" => self.changed(Change::Prompts, subscription(notification)),
            "notifications/resources/list_changed" => self.changed(Change::Resources, subscription(notification)),
            "notifications/subscriptions/acknowledged" => {
                if let Some(id) = subscription(notification) {
                    let _ = self.heard.send(Heard::Acknowledged(id));
                }
            }
            "notifications/resources/updated" => {
                #[derive(Deserialize)]
                struct Updated {
                    uri: String,
                }
                if let Ok(Updated { uri }) = notification.params() {
                    self.changed(Change::Resource(uri), subscription(notification));
                }
            }
            // Progress of a request that is over, among them.
            _ => {}
        }
        let params: Option<Box<RawValue>> = notification.params().ok();
        self.handler.hear(&notification.method, params.as_deref().map_or("{}", RawValue::get));
    }

    fn hear_log(&self, notification: &Notification) {
        let Ok(message) = notification.params::<LogMessage>() else { return };
        let Err(message) = self.handler.hear_log(message) else { return };
        let (server, logger) = (self.name(), message.logger.as_deref().unwrap_or_default());
        let text = message.text();
        let text = escape::one_line(&text);
        match message.level {
            LogLevel::Debug => tracing::debug!(target: "mcp_server", server, logger, "{text}"),
            LogLevel::Info | LogLevel::Notice => tracing::info!(target: "mcp_server", server, logger, "{text}"),
            LogLevel::Warning => tracing::warn!(target: "mcp_server", server, logger, "{text}"),
            _ => tracing::error!(target: "mcp_server", server, logger, "{text}"),
        }
    }
}

/// Which subscription a notification belongs to (2026-07-28, `basic/patterns/subscriptions`, "Receiving Notifications").
fn subscription(notification: &Notification) -> Option<Id> {
    #[derive(Deserialize)]
    struct Params<'a> {
        #[serde(borrow, rename = "_meta")]
        meta: Option<&'a RawValue>,
    }
    let meta = notification.params::<Params<'_>>().ok()?.meta?;
    Id::read(member(meta.get(), "io.modelcontextprotocol/subscriptionId")?)
}

/// A task that ends with who waits for it.
struct Ended<T>(JoinHandle<T>);

impl<T> Drop for Ended<T> {
    fn drop(&mut self) {
        self.0.abort();
    }
}
