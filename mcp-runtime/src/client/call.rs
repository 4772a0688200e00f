//! Calls of tools, and what can be set for each.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use mcp_proto::types::LogLevel;
use mcp_proto::wire::{Response, is_single_line, write_str};
use serde::Serialize;
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::Client;
use super::carrier::Boxed;
use super::drive::{Ask, answered, drive};
use super::error::{ClientError, ToolError};
use super::items::Tool;
use super::link::Link;
use super::progress::{ProgressReport, ProgressStream, Reports};
use super::request::Request;
use super::result::CallResult;
use super::sent::Sent;
use super::tool;
use crate::json_text;

/// A call of a tool: `.await` it. Dropped before it is answered, it is cancelled at the server.
///
/// ```
/// # use std::time::Duration;
/// # use mcp_runtime::client::{Client, ClientError};
/// # use serde_json::json;
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let report = client
///     .call("index", json!({"path": "/srv"}))
///     .timeout(Duration::from_secs(10))
///     .on_progress(|report| println!("{} of {:?}", report.progress, report.total))
///     .await?;
/// println!("{}", report.text());
/// # Ok(())
/// # }
/// ```
#[must_use = "a call is made when it is awaited"]
pub struct Call {
    client: Client,
    ask: Result<Ask, ClientError>,
    /// Where the arguments begin among the rendered parameters.
    arguments_at: usize,
    is_checked: bool,
}

impl Call {
    pub(super) fn new(client: &Client, name: &str, arguments: &impl Serialize) -> Self {
        let mut params = Vec::with_capacity(256);
        params.extend_from_slice(br#""name":"#);
        write_str(&mut params, name);
        params.extend_from_slice(br#","arguments":"#);
        let arguments_at = params.len();
        let ask = write_object(&mut params, arguments).map(|()| {
            let mut ask = client.ask("tools/call", text(params));
            ask.request.name = Some(name.to_owned());
            ask
        });
        Self { client: client.clone(), ask, arguments_at, is_checked: false }
    }

    /// How long the answer, or the next report of progress, is waited for. Only a call that listens ([`on_progress`](Self::on_progress),
    /// [`start`](Self::start)) is told of progress.
    pub fn timeout(mut self, timeout: Duration) -> Self {
        if let Ok(ask) = &mut self.ask {
            ask.timeout = timeout;
        }
        self
    }

    /// How long the call may take in all, however much progress it makes.
    pub fn total_timeout(mut self, timeout: Duration) -> Self {
        if let Ok(ask) = &mut self.ask {
            ask.total_timeout = timeout;
        }
        self
    }

    /// Hears how far the call has come. The server is asked to tell.
    pub fn on_progress(mut self, hear: impl FnMut(ProgressReport) + Send + 'static) -> Self {
        if let Ok(ask) = &mut self.ask {
            ask.on_progress = Some(Box::new(hear));
            ask.request.reports.get_or_insert_default();
        }
        self
    }

    /// Adds a member to the `_meta` of the request. Its name has a prefix of yours: `com.example/trace`.
    pub fn meta(mut self, name: &str, value: impl Into<Value>) -> Self {
        if let Ok(ask) = &mut self.ask {
            add_meta(&mut ask.request, name, &value.into());
        }
        self
    }

    /// Asks for log messages of this level and above while the call runs (2026-07-28; in a session
    /// [`Client::set_log_level`] is for all calls).
    pub fn log_level(mut self, level: LogLevel) -> Self {
        if let Ok(ask) = &mut self.ask {
            ask.request.log_level = Some(level);
        }
        self
    }

    /// Holds the structured result to the output schema that the server has for the tool; one that does not fit is a
    /// [`ClientError::Mismatch`]. The tools are listed first, unless they were.
    pub fn checked(mut self) -> Self {
        self.is_checked = true;
        self
    }

    /// The call does no more when it runs twice, whatever the tool's hints say: it may be sent again after its connection was
    /// lost.
    pub fn repeatable(mut self) -> Self {
        if let Ok(ask) = &mut self.ask {
            ask.is_repeatable = true;
        }
        self
    }

    /// As the command line makes it.
    #[cfg(all(feature = "client", feature = "cli"))]
    pub(super) fn in_manner(mut self, manner: &super::manner::Manner) -> Self {
        if let Ok(ask) = &mut self.ask {
            manner.apply(&mut ask.request);
        }
        self
    }

    /// Starts the call as a task of its own, with its progress as a stream beside it.
    ///
    /// ```
    /// # use mcp_runtime::client::{Client, ClientError};
    /// # async fn example(client: Client) -> Result<(), ClientError> {
    /// let mut running = client.call("index", ()).start();
    /// while let Some(report) = running.progress().next().await {
    ///     println!("{}", report.progress);
    /// }
    /// let result = running.await?;
    /// # let _ = result;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(mut self) -> Running {
        let cancel = CancelHandle::default();
        let reports: Arc<Reports> = match &mut self.ask {
            Ok(ask) => {
                ask.cancelled = Some(Arc::clone(&cancel.0));
                Arc::clone(ask.request.reports.get_or_insert_default())
            }
            Err(_) => Arc::default(),
        };
        let task = tokio::spawn({
            let reports = Arc::clone(&reports);
            async move {
                let result = self.run().await;
                reports.end();
                result
            }
        });
        Running { task, progress: ProgressStream(reports), cancel }
    }

    #[expect(clippy::manual_async_fn, reason = "the future of an async fn has room for its arguments twice")]
    fn run(mut self) -> impl Future<Output = Result<CallResult, ClientError>> + Send {
        async move {
            let ask = match &mut self.ask {
                Ok(ask) => ask,
                Err(error) => return Err(error.clone()),
            };
            let inner = &self.client.inner;
            let name = ask.request.name.as_deref().unwrap_or_default();
            let known = match inner.tool(name) {
                None if self.is_checked => Some(Box::pin(tool::listed(&self.client, name)).await?),
                known => known,
            };
            if let Some(tool) = &known {
                tool::prepare(tool, self.arguments_at, ask);
            }
            let response = match drive(inner, ask).await {
                Err(error) if tool::is_header_mismatch(&error) => {
                    Box::pin(tool::call_again(&self.client, self.arguments_at, ask)).await?
                }
                answered => answered?,
            };
            result(response, known.filter(|_| self.is_checked).as_deref())
        }
    }

    /// What has to be known before it is sent with others.
    pub(super) async fn prepare(mut self) -> Result<Prepared, ClientError> {
        let mut ask = std::mem::replace(&mut self.ask, Err(ClientError::Closed))?;
        let name = ask.request.name.as_deref().unwrap_or_default();
        let known = match self.client.inner.tool(name) {
            None if self.is_checked => Some(tool::listed(&self.client, name).await?),
            known => known,
        };
        let cancel = CancelHandle::default();
        ask.request.reports.get_or_insert_default();
        ask.cancelled = Some(Arc::clone(&cancel.0));
        Ok(Prepared { client: self.client, ask, checked: known.filter(|_| self.is_checked), cancel })
    }
}

/// A call that is to be sent with others.
pub(super) struct Prepared {
    client: Client,
    ask: Ask,
    /// The tool, to whose schema the result is held.
    checked: Option<Arc<Tool>>,
    cancel: CancelHandle,
}

impl Prepared {
    pub(super) fn ask(&self) -> &Ask {
        &self.ask
    }

    /// It was sent: waits for its answer, as a task.
    pub(super) fn running(self, link: Arc<Link>, sent: Sent) -> Running {
        let Self { client, mut ask, checked, cancel } = self;
        let reports = Arc::clone(ask.request.reports.get_or_insert_default());
        let progress = ProgressStream(Arc::clone(&reports));
        let task = tokio::spawn(async move {
            let answered = answered(&client.inner, &mut ask, sent).await;
            // The connection lasts as long as the call.
            drop(link);
            result(answered?, checked.as_deref())
        });
        Running { task, progress, cancel }
    }
}

/// What an answer comes to, held to the schema of the tool, if to any.
fn result(response: Response, checked: Option<&Tool>) -> Result<CallResult, ClientError> {
    let result = CallResult::new(response);
    if result.is_error() {
        return Err(ClientError::Tool(ToolError(Box::new(result))));
    }
    if let Some(tool) = checked {
        tool::hold(tool, &result)?;
    }
    Ok(result)
}

impl IntoFuture for Call {
    type Output = Result<CallResult, ClientError>;
    type IntoFuture = Boxed<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// A call that runs as a task of its own ([`Call::start`]): `.await` it for its result. Dropped, it is cancelled at the server.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
/// use serde_json::json;
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let mut running = client.call("index", json!({"folder": "docs"})).start();
/// while let Some(report) = running.progress().next().await {
///     println!("{} of {:?}", report.progress, report.total);
/// }
/// println!("{}", running.await?.text());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Running {
    task: JoinHandle<Result<CallResult, ClientError>>,
    progress: ProgressStream,
    cancel: CancelHandle,
}

/// Cancels a call from elsewhere ([`Running::cancel_handle`]).
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
/// use std::time::Duration;
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let running = client.call("index", ()).start();
/// let cancel = running.cancel_handle();
/// tokio::spawn(async move {
///     tokio::time::sleep(Duration::from_secs(10)).await;
///     cancel.cancel();
/// });
/// match running.await {
///     Err(ClientError::Cancelled) => println!("it took too long"),
///     ended => println!("{}", ended?.text()),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct CancelHandle(Arc<Notify>);

impl CancelHandle {
    /// Cancels the call: it ends with [`ClientError::Cancelled`], and the server is told. A call that is over stays as it is.
    pub fn cancel(&self) {
        self.0.notify_one();
    }
}

impl Running {
    /// How far it has come: a stream of reports, which ends with the call.
    pub fn progress(&mut self) -> &mut ProgressStream {
        &mut self.progress
    }

    /// What cancels it, from another task.
    pub fn cancel_handle(&self) -> CancelHandle {
        self.cancel.clone()
    }

    /// Cancels it.
    pub fn cancel(&self) {
        self.cancel.cancel();
    }
}

impl Future for Running {
    type Output = Result<CallResult, ClientError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        // It is ended by nobody but its own handle and the runtime's end.
        Pin::new(&mut self.task).poll(cx).map(|joined| joined.unwrap_or(Err(ClientError::Closed)))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Adds a member to the `_meta` of a request.
pub(super) fn add_meta(request: &mut Request, name: &str, value: &Value) {
    let separator = if request.meta.is_empty() { "" } else { "," };
    request.meta.push_str(&format!("{separator}{}:{}", json_text::string(name), json_text::value(value)));
}

/// Arguments as the JSON of an object.
///
/// # Errors
/// [`ClientError::Invalid`]: they are not one.
pub(super) fn object(arguments: &impl Serialize) -> Result<String, ClientError> {
    let mut json = Vec::with_capacity(128);
    write_object(&mut json, arguments)?;
    Ok(text(json))
}

/// Appends arguments as the JSON of an object, on one line.
fn write_object(out: &mut Vec<u8>, arguments: &impl Serialize) -> Result<(), ClientError> {
    let begin = out.len();
    serde_json::to_writer(&mut *out, arguments)
        .map_err(|error| ClientError::invalid(format!("the arguments are not JSON: {error}")))?;
    match &out[begin..] {
        [b'{', rest @ ..] => {
            if !is_single_line(rest) {
                out[begin..].iter_mut().filter(|byte| matches!(byte, b'\n' | b'\r')).for_each(|byte| *byte = b' ');
            }
            Ok(())
        }
        // `()` and `None`.
        b"null" => {
            out.truncate(begin);
            out.extend_from_slice(b"{}");
            Ok(())
        }
        other => {
            let begin: String = String::from_utf8_lossy(other).chars().take(60).collect();
            Err(ClientError::invalid(format!("arguments are an object, not {begin}")))
        }
    }
}

/// JSON as text: what `serde_json` writes is UTF-8.
fn text(json: Vec<u8>) -> String {
    String::from_utf8(json).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_future_of_a_call_is_small() {
        let client = Client::builder().lazy(crate::client::Target::url("http://localhost:1"));
        let bytes = size_of_val(&client.call("add", ()).run());
        // The allocator is quick up to here, and each call copies it once.
        assert!(bytes <= 1024, "{bytes} bytes");
    }
}
