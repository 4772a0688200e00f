//! What a client does when its server asks, or tells something.

mod elicitation;
mod sampling;

pub use elicitation::{ElicitationForm, ElicitationPage, ElicitationReply};
pub use sampling::{SamplingReply, SamplingRequest};

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use mcp_proto::types::LogLevel;
use mcp_proto::wire::RpcError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;

use super::progress::{Hear, ProgressReport};
use crate::json_text;

/// What a client does when its server asks something, or tells something: one for all revisions and all transports.
///
/// What is not set here is not declared as a capability, so that no server asks for it. Handlers run as tasks; several may run at
/// a time.
///
/// ```
/// use mcp_runtime::client::{ClientHandler, ElicitationReply};
/// use serde_json::json;
///
/// let handler = ClientHandler::new()
///     .on_form(|form| async move {
///         println!("{}", form.message());
///         ElicitationReply::accept(json!({"name": "Ada"}))
///     })
///     .root("file:///home/ada/project", "project")
///     .on_log(|message| println!("{:?} {}", message.level, message.text()));
/// # let _ = handler;
/// ```
#[derive(Clone, Default)]
pub struct ClientHandler {
    form: Option<Answering>,
    page: Option<Answering>,
    sampling: Option<Answering>,
    has_tools: bool,
    roots: Option<Vec<RootItem>>,
    log: Option<Arc<dyn Fn(LogMessage) + Send + Sync>>,
    progress: Option<Hear>,
    notification: Option<Hearing>,
    extensions: Vec<(String, Value)>,
    /// Answers all questions, whatever else is set.
    #[cfg(all(feature = "client", feature = "cli"))]
    all: Option<(Value, AnsweringAll)>,
}

/// A question of a server's, as it has sent it.
#[cfg(all(feature = "client", feature = "cli"))]
pub(crate) struct RawQuestion {
    /// What the server calls it, where it has questions in its results.
    pub(crate) key: Option<String>,
    pub(crate) method: String,
    /// JSON.
    pub(crate) params: Box<str>,
}

/// Hears notifications: the method, and the parameters as JSON.
type Hearing = Arc<dyn Fn(&str, &str) + Send + Sync>;
/// Answers one kind of question: from parameters as JSON to a result as JSON.
type Answering = Arc<dyn Fn(Box<str>) -> Answered + Send + Sync>;
/// Answers questions of all kinds.
#[cfg(all(feature = "client", feature = "cli"))]
type AnsweringAll = Arc<dyn Fn(RawQuestion) -> Answered + Send + Sync>;
/// What will be answered.
pub(crate) type Answered = Pin<Box<dyn Future<Output = Result<String, RpcError>> + Send>>;

/// A directory or file that a server may look at (`client/roots`).
#[derive(Clone, Debug, Serialize)]
struct RootItem {
    uri: String,
    name: String,
}

/// What a server logs (`server/utilities/logging`).
///
/// ```
/// use mcp_runtime::LogLevel;
/// use mcp_runtime::client::ClientHandler;
///
/// let handler = ClientHandler::new().on_log(|message| {
///     if message.level >= LogLevel::Warning {
///         eprintln!("{}: {}", message.logger.as_deref().unwrap_or("server"), message.text());
///     }
/// });
/// # let _ = handler;
/// ```
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct LogMessage {
    /// How severe it is.
    pub level: LogLevel,
    /// Which part of the server says it.
    pub logger: Option<String>,
    /// What it says: a text, or any JSON.
    #[serde(default)]
    pub data: Value,
}

impl LogMessage {
    /// What it says, as text.
    pub fn text(&self) -> String {
        match &self.data {
            Value::String(text) => text.clone(),
            other => json_text::value(other),
        }
    }
}

impl ClientHandler {
    /// Nothing is handled yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Fills in forms (`client/elicitation`).
    #[must_use]
    pub fn on_form<F>(mut self, fill_in: impl Fn(ElicitationForm) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ElicitationReply> + Send + 'static,
    {
        self.form = Some(Arc::new(move |params| match ElicitationForm::read(params) {
            Ok(form) => {
                let reply = fill_in(form);
                Box::pin(async move { Ok(reply.await.into_json()) })
            }
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }));
        self
    }

    /// Sends the user to a web page (`client/elicitation`, "URL Mode Elicitation Requests"; from 2025-11-25).
    #[must_use]
    pub fn on_page<F>(mut self, visit: impl Fn(ElicitationPage) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = ElicitationReply> + Send + 'static,
    {
        self.page = Some(Arc::new(move |params| match ElicitationPage::read(&params) {
            Ok(page) => {
                let reply = visit(page);
                Box::pin(async move { Ok(reply.await.into_json()) })
            }
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }));
        self
    }

    /// Asks a model (`client/sampling`). The words of an error are told to the server.
    #[must_use]
    pub fn on_sampling<F>(mut self, sample: impl Fn(SamplingRequest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<SamplingReply, String>> + Send + 'static,
    {
        self.sampling = Some(Arc::new(move |params| match SamplingRequest::read(params) {
            Ok(request) => {
                let reply = sample(request);
                Box::pin(async move { reply.await.map(SamplingReply::into_json).map_err(refusal) })
            }
            Err(error) => Box::pin(std::future::ready(Err(error))),
        }));
        self
    }

    /// The same for models that may use tools (2025-11-25, `client/sampling`, "Sampling with Tools"): requests may have
    /// [`tools`](SamplingRequest::tools), and replies [`tool uses`](SamplingReply::json).
    #[must_use]
    pub fn on_sampling_with_tools<F>(mut self, sample: impl Fn(SamplingRequest) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<SamplingReply, String>> + Send + 'static,
    {
        self.has_tools = true;
        self.on_sampling(sample)
    }

    /// Adds a directory or file that the server may look at: its `file://` URI, and a name for people (`client/roots`).
    #[must_use]
    pub fn root(mut self, uri: impl Into<String>, name: impl Into<String>) -> Self {
        self.roots.get_or_insert_default().push(RootItem { uri: uri.into(), name: name.into() });
        self
    }

    /// Hears what the server logs. Without it, log messages become `tracing` events.
    #[must_use]
    pub fn on_log(mut self, hear: impl Fn(LogMessage) + Send + Sync + 'static) -> Self {
        self.log = Some(Arc::new(hear));
        self
    }

    /// Hears how far each call, read and prompt has come: the server is asked to tell. What one call is to tell is set for it
    /// ([`Call::on_progress`](super::Call::on_progress)).
    #[must_use]
    pub fn on_progress(mut self, hear: impl Fn(ProgressReport) + Send + Sync + 'static) -> Self {
        self.progress = Some(Arc::new(hear));
        self
    }

    /// Answers forms, web pages and sampling with what `answer` makes of the method and its parameters: a result, or the words
    /// of an error.
    #[must_use]
    pub(crate) fn answering(
        mut self,
        answer: impl Fn(&'static str, &str) -> Result<String, String> + Send + Sync + 'static,
    ) -> Self {
        let answer = Arc::new(answer);
        let by = |method: &'static str| -> Answering {
            let answer = Arc::clone(&answer);
            Arc::new(move |params| Box::pin(std::future::ready(answer(method, &params).map_err(refusal))))
        };
        (self.form, self.page) = (Some(by("elicitation/create")), Some(by("elicitation/create")));
        (self.sampling, self.has_tools) = (Some(by("sampling/createMessage")), true);
        self
    }

    /// Hears all other notifications: the method, and the parameters as JSON.
    #[must_use]
    pub fn on_notification(mut self, hear: impl Fn(&str, &str) + Send + Sync + 'static) -> Self {
        self.notification = Some(Arc::new(hear));
        self
    }

    /// Declares an extension that your own requests use, with its settings (2026-07-28, `basic/versioning`).
    #[must_use]
    pub fn extension(mut self, id: impl Into<String>, settings: impl Into<Value>) -> Self {
        self.extensions.push((id.into(), settings.into()));
        self
    }

    /// Answers all questions in one place: from JSON to JSON, with the keys that servers give them. These capabilities are
    /// declared.
    #[cfg(all(feature = "client", feature = "cli"))]
    #[must_use]
    pub(crate) fn on_question(
        mut self,
        capabilities: Value,
        answer: impl Fn(RawQuestion) -> Answered + Send + Sync + 'static,
    ) -> Self {
        self.all = Some((capabilities, Arc::new(answer)));
        self
    }

    /// What is handled, as `ClientCapabilities`.
    pub(super) fn capabilities(&self) -> String {
        #[cfg(all(feature = "client", feature = "cli"))]
        if let Some((capabilities, _)) = &self.all {
            return json_text::value(capabilities);
        }
        let mut capabilities = Value::Object(serde_json::Map::new());
        if self.form.is_some() {
            capabilities["elicitation"]["form"] = Value::Object(serde_json::Map::new());
        }
        if self.page.is_some() {
            capabilities["elicitation"]["url"] = Value::Object(serde_json::Map::new());
        }
        if self.sampling.is_some() {
            capabilities["sampling"] = Value::Object(serde_json::Map::new());
            if self.has_tools {
                capabilities["sampling"]["tools"] = Value::Object(serde_json::Map::new());
            }
        }
        if self.roots.is_some() {
            capabilities["roots"] = Value::Object(serde_json::Map::new());
        }
        for (id, settings) in &self.extensions {
            capabilities["extensions"][id] = settings.clone();
        }
        json_text::value(&capabilities)
    }

    /// Answers a question of the server's, which has this key where it stands in a result.
    ///
    /// # Errors
    /// The error to answer with: nobody here handles it.
    pub(super) async fn answer(&self, key: Option<&str>, method: &str, params: &str) -> Result<String, RpcError> {
        if method == "ping" {
            return Ok("{}".to_owned());
        }
        #[cfg(not(all(feature = "client", feature = "cli")))]
        let _ = key;
        #[cfg(all(feature = "client", feature = "cli"))]
        if let Some((_, answer)) = &self.all {
            let (key, method) = (key.map(str::to_owned), method.to_owned());
            return answer(RawQuestion { key, method, params: params.into() }).await;
        }
        let answering = match method {
            "roots/list" => {
                let roots = self.roots.as_ref().ok_or_else(|| RpcError::method_not_found(method))?;
                return Ok(format!(r#"{{"roots":{}}}"#, serde_json::to_string(roots).unwrap_or_default()));
            }
            "elicitation/create" if elicitation::is_page(params) => &self.page,
            "elicitation/create" => &self.form,
            "sampling/createMessage" => &self.sampling,
            _ => &None,
        };
        let answering = answering.as_ref().ok_or_else(|| RpcError::method_not_found(method))?;
        answering(params.into()).await
    }

    /// What hears of progress.
    pub(super) fn progress(&self) -> Option<&Hear> {
        self.progress.as_ref()
    }

    /// Hears a log message; whether anybody here does.
    pub(super) fn hear_log(&self, message: LogMessage) -> Result<(), LogMessage> {
        match &self.log {
            Some(hear) => {
                hear(message);
                Ok(())
            }
            None => Err(message),
        }
    }

    /// Hears a notification.
    pub(super) fn hear(&self, method: &str, params: &str) {
        if let Some(hear) = &self.notification {
            hear(method, params);
        }
    }
}

impl fmt::Debug for ClientHandler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientHandler").field("capabilities", &self.capabilities()).finish_non_exhaustive()
    }
}

/// The error of a handler that could not do what it was asked for.
fn refusal(why: String) -> RpcError {
    RpcError { message: why.into(), ..RpcError::internal() }
}

/// Reads the parameters of a question.
fn read<T: for<'de> Deserialize<'de>>(params: &str) -> Result<T, RpcError> {
    serde_json::from_str(params)
        .map_err(|error| RpcError::invalid_params(format!("Invalid params: {}", super::result::without_place(&error))))
}

/// JSON that was checked to be such.
fn raw(json: Box<str>) -> Result<Box<RawValue>, RpcError> {
    RawValue::from_string(json.into()).map_err(|_| RpcError::invalid_params("Invalid params: not JSON"))
}
