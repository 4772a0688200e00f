//! What servers ask a client's model (`client/sampling`).

use mcp_proto::types::Role;
use mcp_proto::wire::RpcError;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::client::result::member;
use crate::json_text;

/// What the server asks the model.
///
/// ```
/// use mcp_runtime::client::{ClientHandler, SamplingReply};
///
/// # async fn ask_model(_: &str, _: u64) -> String { String::new() }
/// let handler = ClientHandler::new().on_sampling(|request| async move {
///     let answer = ask_model(request.prompt(), request.max_tokens()).await;
///     Ok(SamplingReply::text("my-model", answer))
/// });
/// # let _ = handler;
/// ```
#[derive(Clone, Debug)]
pub struct SamplingRequest {
    json: Box<RawValue>,
    read: Read,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    #[serde(default)]
    messages: Vec<SamplingMessage>,
    system_prompt: Option<String>,
    #[serde(default)]
    max_tokens: u64,
    temperature: Option<f64>,
    #[serde(default)]
    stop_sequences: Vec<String>,
    #[serde(default)]
    tools: Vec<Value>,
}

/// A message of the conversation.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct SamplingMessage {
    /// Who says it.
    pub role: Role,
    /// What is said: a block of content, or a list of blocks, as the server has sent it.
    pub content: Value,
}

impl SamplingRequest {
    pub(super) fn read(params: Box<str>) -> Result<Self, RpcError> {
        let read = super::read(&params)?;
        Ok(Self { json: super::raw(params)?, read })
    }

    /// The conversation so far.
    pub fn messages(&self) -> &[SamplingMessage] {
        &self.read.messages
    }

    /// The text of the last message; empty where it has none.
    pub fn prompt(&self) -> &str {
        let Some(last) = self.read.messages.last() else { return "" };
        let block = last.content.as_array().and_then(|blocks| blocks.first()).unwrap_or(&last.content);
        block["text"].as_str().unwrap_or_default()
    }

    /// The system prompt that the server would like.
    pub fn system_prompt(&self) -> Option<&str> {
        self.read.system_prompt.as_deref()
    }

    /// The most tokens that the answer may have.
    pub fn max_tokens(&self) -> u64 {
        self.read.max_tokens
    }

    /// How far the model may stray.
    pub fn temperature(&self) -> Option<f64> {
        self.read.temperature
    }

    /// Texts at which the model stops.
    pub fn stop_sequences(&self) -> &[String] {
        &self.read.stop_sequences
    }

    /// The tools that the model may use, as the server describes them.
    pub fn tools(&self) -> &[Value] {
        &self.read.tools
    }

    /// Another parameter, such as `modelPreferences`, as JSON.
    pub fn member(&self, name: &str) -> Option<&str> {
        member(self.json.get(), name)
    }

    /// All of the parameters, as JSON.
    pub fn json(&self) -> &str {
        self.json.get()
    }
}

/// What the model answers.
///
/// ```
/// use mcp_runtime::client::SamplingReply;
/// use serde_json::json;
///
/// let text = SamplingReply::text("my-model", "It will rain.");
/// let whole = SamplingReply::json(json!({
///     "role": "assistant", "model": "my-model", "stopReason": "maxTokens",
///     "content": { "type": "text", "text": "It will" },
/// }));
/// # let _ = (text, whole);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SamplingReply(Value);

impl SamplingReply {
    /// A text of this model's.
    pub fn text(model: impl Into<String>, text: impl Into<String>) -> Self {
        Self(json!({
            "role": "assistant",
            "content": {"type": "text", "text": text.into()},
            "model": model.into(),
            "stopReason": "endTurn",
        }))
    }

    /// A `CreateMessageResult` of your own, such as one with tool uses.
    pub fn json(result: impl Into<Value>) -> Self {
        Self(result.into())
    }

    pub(crate) fn into_json(self) -> String {
        json_text::value(&self.0)
    }
}
