//! Calls of tools, and what can be set for each.

use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use mcp_proto::types::LogLevel;
use serde::Serialize;
use serde_json::{Map, Value};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

use super::Client;
use super::drive::{Ask, drive};
use super::error::{ClientError, ToolError};
use super::exchange::Boxed;
use super::progress::{ProgressReport, ProgressStream, Reports};
use super::request::Request;
use super::result::CallResult;
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
    arguments: String,
    is_checked: bool,
}

impl Call {
    pub(super) fn new(client: &Client, name: &str, arguments: &impl Serialize) -> Self {
        let arguments = object(arguments);
        let ask = arguments.as_ref().map_err(Clone::clone).map(|arguments| {
            let params = format!(r#""name":{},"arguments":{arguments}"#, json_text::string(name));
            let mut ask = client.ask("tools/call", params);
            ask.request.name = Some(name.to_owned());
            ask
        });
        Self { client: client.clone(), ask, arguments: arguments.unwrap_or_default(), is_checked: false }
    }

    /// How long the answer, or the next report of progress, is waited for.
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

    async fn run(self) -> Result<CallResult, ClientError> {
        let Self { client, ask, arguments, is_checked } = self;
        let mut ask = ask?;
        let name = ask.request.name.clone().unwrap_or_default();
        let known = tool::prepare(&client, &name, &arguments, &mut ask, is_checked).await?;
        let response = match drive(&client.inner, &mut ask).await {
            Err(error) if tool::is_header_mismatch(&error) => {
                // The server has other annotations now: a fresh list, and once more (`basic/transports/streamable-http`).
                client.inner.hub.cache.drop_list("tools/list");
                client.tools().await?;
                tool::prepare(&client, &name, &arguments, &mut ask, is_checked).await?;
                drive(&client.inner, &mut ask).await?
            }
            answered => answered?,
        };
        let result = CallResult::new(response);
        if result.is_error() {
            return Err(ClientError::Tool(ToolError(Box::new(result))));
        }
        if let Some(tool) = known.filter(|_| is_checked) {
            tool::hold(&tool, &result)?;
        }
        Ok(result)
    }
}

impl IntoFuture for Call {
    type Output = Result<CallResult, ClientError>;
    type IntoFuture = Boxed<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.run())
    }
}

/// A call that runs as a task of its own ([`Call::start`]): `.await` it for its result. Dropped, it is cancelled at the server.
#[derive(Debug)]
pub struct Running {
    task: JoinHandle<Result<CallResult, ClientError>>,
    progress: ProgressStream,
    cancel: CancelHandle,
}

/// Cancels a call from elsewhere ([`Running::cancel_handle`]).
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
    let json = serde_json::to_string(arguments)
        .map_err(|error| ClientError::invalid(format!("the arguments are not JSON: {error}")))?;
    match json.as_bytes().first() {
        Some(b'{') => Ok(mcp_proto::wire::single_line(json)),
        // `()` and `None`.
        _ if json == "null" => Ok(json_text::value(&Value::Object(Map::new()))),
        _ => Err(ClientError::invalid(format!(
            "arguments are an object, not {}",
            json.chars().take(60).collect::<String>()
        ))),
    }
}
