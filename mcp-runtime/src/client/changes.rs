//! What changes at a server, as one stream.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use mcp_proto::wire::Id;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::AbortHandle;
use tokio::time::timeout;

use super::Client;
use super::error::{ClientError, RpcFailure};
use super::hub::{Change, Heard};
use super::inner::Inner;
use super::link::Link;
use super::request::Request;
use crate::json_text;

/// Changes that wait for who reads them. After more than that the reader is told that some were missed.
const WAITING: usize = 64;

/// Which changes are wanted: lists, and the contents of resources.
///
/// ```
/// use mcp_runtime::client::{Change, Client, ClientError, Wanted};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let mut changes = client.changes(Wanted::new().tools().resource("file:///config.json")).await?;
/// while let Some(change) = changes.next().await {
///     match change {
///         Change::Tools | Change::Missed => println!("{} tools", client.tools().await?.len()),
///         other => println!("{other:?}"),
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Wanted {
    tools: bool,
    prompts: bool,
    resources: bool,
    uris: Vec<String>,
}

impl Wanted {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// All lists; no contents of resources.
    pub fn lists() -> Self {
        Self::new().tools().prompts().resources()
    }

    /// The list of tools.
    pub fn tools(mut self) -> Self {
        self.tools = true;
        self
    }

    /// The list of prompts.
    pub fn prompts(mut self) -> Self {
        self.prompts = true;
        self
    }

    /// The list of resources, and that of their templates.
    pub fn resources(mut self) -> Self {
        self.resources = true;
        self
    }

    /// The contents of a resource.
    pub fn resource(mut self, uri: impl Into<String>) -> Self {
        self.uris.push(uri.into());
        self
    }

    fn has(&self, change: &Change) -> bool {
        match change {
            Change::Tools => self.tools,
            Change::Prompts => self.prompts,
            Change::Resources => self.resources,
            Change::Resource(uri) => self.uris.contains(uri),
            Change::Missed => true,
        }
    }

    /// The parameters of `subscriptions/listen`.
    fn params(&self) -> String {
        let lists = [
            ("toolsListChanged", self.tools),
            ("promptsListChanged", self.prompts),
            ("resourcesListChanged", self.resources),
        ];
        let mut members: Vec<String> =
            lists.iter().filter(|(_, is_wanted)| *is_wanted).map(|(name, _)| format!(r#""{name}":true"#)).collect();
        if !self.uris.is_empty() {
            let uris: Vec<String> = self.uris.iter().map(|uri| json_text::string(uri)).collect();
            members.push(format!(r#""resourceSubscriptions":[{}]"#, uris.join(",")));
        }
        format!(r#""notifications":{{{}}}"#, members.join(","))
    }
}

/// What changes at a server: a stream that goes on after the connection was lost ([`Client::changes`]). Dropped, it unsubscribes.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError, Wanted};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let mut changes = client.changes(Wanted::new().tools()).await?;
/// while let Some(change) = changes.next().await {
///     println!("{change:?}: look at {} tools again", client.tools().await?.len());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Changes {
    changes: mpsc::Receiver<Change>,
    task: AbortHandle,
}

impl Changes {
    /// The next change; `None` once the client is closed, or the server takes no subscriptions any more.
    pub async fn next(&mut self) -> Option<Change> {
        poll_fn(|cx| self.changes.poll_recv(cx)).await
    }
}

impl Stream for Changes {
    type Item = Change;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Change>> {
        self.changes.poll_recv(cx)
    }
}

impl Drop for Changes {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Client {
    /// Hears of changes from now on: `subscriptions/listen` (2026-07-28, `basic/patterns/subscriptions`), and in a session
    /// `resources/subscribe` and the notifications that come unasked (2025-11-25, `server/resources`, "Subscriptions"). It
    /// returns once the server has agreed, so that no change after that is missed.
    ///
    /// After the connection was lost it subscribes again, and tells [`Change::Missed`].
    ///
    /// # Errors
    /// The server's error, such as that it has no subscriptions; or why there is no answer.
    pub async fn changes(&self, wanted: Wanted) -> Result<Changes, ClientError> {
        let (give, changes) = mpsc::channel(WAITING);
        let (tell, begun) = oneshot::channel();
        // Who listens keeps the connection.
        let inner = Arc::clone(&self.inner);
        let task = tokio::spawn(Listening { inner, wanted, give, tell: Some(tell) }.run());
        let changes = Changes { changes, task: task.abort_handle() };
        let limit = self.inner.options.timeout;
        let begun = timeout(limit, begun).await.map_err(|_| ClientError::Timeout(limit))?;
        begun.unwrap_or(Err(ClientError::Closed))?;
        Ok(changes)
    }
}

struct Listening {
    inner: Arc<Inner>,
    wanted: Wanted,
    give: mpsc::Sender<Change>,
    /// Who waits until it has begun.
    tell: Option<oneshot::Sender<Result<(), ClientError>>>,
}

/// What comes of one subscription.
enum End {
    /// It may be begun again.
    Lost(ClientError),
    /// Nobody listens any more.
    Unheard,
}

impl Listening {
    async fn run(mut self) {
        let mut failures = 0;
        loop {
            let error = match self.listen(&mut failures).await {
                End::Lost(error) => error,
                End::Unheard => return,
            };
            if let Some(tell) = self.tell.take() {
                // The first time it is the caller's error.
                let _ = tell.send(Err(error));
                return;
            }
            if matches!(error, ClientError::Closed | ClientError::Rpc(_) | ClientError::Unauthorized(_))
                || !self.inner.target.is_lasting()
            {
                return;
            }
            failures += 1;
            tokio::time::sleep(self.inner.options.retry.wait(failures)).await;
        }
    }

    async fn listen(&mut self, failures: &mut u32) -> End {
        let heard = self.inner.hub.listen();
        let link = match self.inner.link().await {
            Ok(link) => link,
            Err(error) => return End::Lost(error),
        };
        if link.agreement.version().is_stateless() {
            self.subscribed(&link, heard, failures).await
        } else {
            self.in_session(&link, heard, failures).await
        }
    }

    /// One `subscriptions/listen`.
    async fn subscribed(&mut self, link: &Arc<Link>, mut heard: broadcast::Receiver<Heard>, failures: &mut u32) -> End {
        let (tell, id) = watch::channel(None);
        let request = Request {
            method: "subscriptions/listen".into(),
            params: self.wanted.params(),
            sent_as: Some(tell),
            ..Request::default()
        };
        let mut answer = std::pin::pin!(link.request(&request, None));
        loop {
            let heard = tokio::select! {
                biased;
                heard = heard.recv() => heard,
                answered = answer.as_mut() => {
                    // What came before the end, and perhaps in one piece with it.
                    while let Ok(heard) = heard.try_recv() {
                        let own = id.borrow().clone();
                        if !self.tell(Ok(heard), own.as_ref(), failures).await {
                            return End::Unheard;
                        }
                    }
                    return End::Lost(match answered {
                        Ok(response) => response.outcome().map_or_else(
                            |error| RpcFailure::read(error).into(),
                            |_| ClientError::lost("the server has ended the subscription"),
                        ),
                        Err(error) => error,
                    });
                }
            };
            let own = id.borrow().clone();
            if !self.tell(heard, own.as_ref(), failures).await {
                return End::Unheard;
            }
        }
    }

    /// What a session tells of, until it ends.
    async fn in_session(&mut self, link: &Arc<Link>, mut heard: broadcast::Receiver<Heard>, failures: &mut u32) -> End {
        let limit = self.inner.options.timeout;
        let mut unsubscribe = Unsubscribe { link: Arc::clone(link), uris: Vec::new(), limit };
        // From here on, as the connection may be lost while the server is asked.
        let mut states = self.inner.pulse.states();
        for uri in &self.wanted.uris {
            if let Err(error) = link.subscribe(uri, limit).await {
                return End::Lost(error);
            }
            unsubscribe.uris.push(uri.clone());
        }
        self.begun(failures).await;
        if let Some(error) = link.exchange.ended() {
            return End::Lost(error);
        }
        loop {
            let heard = tokio::select! {
                biased;
                heard = heard.recv() => heard,
                _ = states.changed() => {
                    if let Some(error) = link.exchange.ended() {
                        return End::Lost(error);
                    }
                    continue;
                }
                () = self.give.closed() => return End::Unheard,
            };
            if !self.tell(heard, None, failures).await {
                return End::Unheard;
            }
        }
    }

    /// The server has agreed.
    async fn begun(&mut self, failures: &mut u32) {
        *failures = 0;
        match self.tell.take() {
            Some(tell) => drop(tell.send(Ok(()))),
            None => {
                // Nor does anybody know what has changed of what was kept.
                self.inner.hub.cache.clear();
                let _ = self.give.send(Change::Missed).await;
            }
        }
    }

    /// Hands on what was heard, if it is wanted; whether anybody is there to hear it.
    async fn tell(
        &mut self,
        heard: Result<Heard, broadcast::error::RecvError>,
        own: Option<&Id>,
        failures: &mut u32,
    ) -> bool {
        let change = match heard {
            Ok(Heard::Acknowledged(id)) => {
                if own == Some(&id) {
                    self.begun(failures).await;
                }
                return true;
            }
            Ok(Heard::Change(change, of)) => {
                // Of another subscription.
                if of.is_some() && of.as_ref() != own {
                    return true;
                }
                change
            }
            Err(broadcast::error::RecvError::Lagged(_)) => Change::Missed,
            Err(broadcast::error::RecvError::Closed) => return false,
        };
        // That the connection was lost is told once it is there again.
        let is_wanted = self.wanted.has(&change) && self.tell.is_none();
        !is_wanted || self.give.send(change).await.is_ok()
    }
}

/// Ends the subscriptions of a session, where it still is.
struct Unsubscribe {
    link: Arc<Link>,
    uris: Vec<String>,
    limit: Duration,
}

impl Drop for Unsubscribe {
    fn drop(&mut self) {
        let (uris, limit) = (std::mem::take(&mut self.uris), self.limit);
        if uris.is_empty() || self.link.is_over() {
            return;
        }
        let link = Arc::clone(&self.link);
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        runtime.spawn(async move {
            for uri in uris {
                link.unsubscribe(&uri, limit).await;
            }
        });
    }
}
