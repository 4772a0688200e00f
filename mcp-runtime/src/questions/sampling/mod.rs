//! Asking the client's model (`client/sampling`).

mod content;
mod sampled;
mod wire;

pub use content::SamplingContent;
pub use sampled::{Sampled, SampledContent, ToolUse};

use mcp_proto::Version;
use mcp_proto::types::{Content, Role};
use serde::Serialize;
use serde_json::Value;

use crate::call::{AskError, Capability, Question};

/// Asks the client's model (sampling). The prompt becomes a message of the user.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use serde_json::json;
///
/// /// Summarizes a text with the client's model.
/// #[tool]
/// async fn summarize(ctx: &Ctx, text: &str) -> Result<String> {
///     let question = sample(format!("Summarize this:\n{text}")).system("Answer in one sentence.").max_tokens(100);
///     let answer = ctx.ask("summary", question).await?;
///     Ok(answer.text())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// // In a unit test:
/// let ctx = Ctx::for_test().answering([("summary", json!("It is about tea."))]);
/// assert_eq!(summarize(&ctx, "…").await.unwrap(), "It is about tea.");
/// # }
/// ```
pub fn sample(prompt: impl Into<String>) -> Sampling {
    let new = Sampling {
        messages: Vec::new(),
        system: None,
        max_tokens: 1_000,
        temperature: None,
        stop: Vec::new(),
        preferences: Preferences::default(),
        context: None,
        metadata: None,
        tools: Vec::new(),
        tool_choice: None,
    };
    new.message(Role::User, prompt.into())
}

/// The question that [`sample`] returns.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Translates a text with the client's model.
/// #[tool]
/// async fn translate(ctx: &Ctx, text: &str) -> Result<String> {
///     let question = sample(text).system("Translate into Norwegian.").max_tokens(500).temperature(0.2);
///     Ok(ctx.ask("translation", question).await?.text())
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a question does nothing until it is asked"]
pub struct Sampling {
    messages: Vec<Message>,
    system: Option<String>,
    max_tokens: u32,
    temperature: Option<f64>,
    stop: Vec<String>,
    preferences: Preferences,
    context: Option<IncludeContext>,
    metadata: Option<Value>,
    tools: Vec<Tool>,
    tool_choice: Option<ToolChoice>,
}

#[derive(Clone, Debug)]
struct Message {
    role: Role,
    said: Said,
}

#[derive(Clone, Debug)]
enum Said {
    /// By this program.
    New(SamplingContent),
    /// By the model, in an earlier answer.
    Before { raw: String, several: bool, uses_tools: bool },
    /// By tools that the model has used.
    ByTools(Vec<ToolResult>),
}

#[derive(Clone, Debug)]
struct ToolResult {
    id: String,
    content: Vec<Content>,
    is_error: bool,
}

#[derive(Clone, Debug, Default)]
struct Preferences {
    hints: Vec<String>,
    cost: Option<f64>,
    speed: Option<f64>,
    intelligence: Option<f64>,
}

#[derive(Clone, Debug)]
struct Tool {
    name: String,
    description: String,
    schema: String,
}

/// Which of its other conversations a client shows to its model. The revision 2026-07-28 deprecates all but `None`, the
/// default.
///
/// ```
/// use mcp_runtime::IncludeContext;
/// use mcp_runtime::prelude::*;
///
/// /// Sums up what was said so far.
/// #[tool]
/// async fn sum_up(ctx: &Ctx) -> Result<String> {
///     let question = sample("Sum up this conversation.").include_context(IncludeContext::ThisServer);
///     Ok(ctx.ask("summary", question).await?.text())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum IncludeContext {
    /// Nothing.
    None,
    /// Those with this server.
    ThisServer,
    /// Those with all its servers.
    AllServers,
}

/// Whether the model may or must use the tools.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::ToolChoice;
///
/// /// Asks the client's model, which has to look at the clock.
/// #[tool]
/// async fn ask(ctx: &Ctx, question: &str) -> Result<String> {
///     let question = sample(question)
///         .tool("clock", "Tells the time.", r#"{"type":"object"}"#)
///         .tool_choice(ToolChoice::Required);
///     let answer = ctx.ask("answer", question).await?;
///     Ok(answer.tool_uses().map(|tool| tool.name.as_str()).collect())
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ToolChoice {
    /// It may use them.
    Auto,
    /// It must use at least one.
    Required,
    /// It must not use them.
    None,
}

impl Sampling {
    /// Adds a message: text, an [`Image`](crate::Image), [`Audio`](crate::Audio), or several of them.
    pub fn message(mut self, role: Role, content: impl Into<SamplingContent>) -> Self {
        self.messages.push(Message { role, said: Said::New(content.into()) });
        self
    }

    /// Adds an earlier answer of the model, unchanged. Add the reply to it next.
    pub fn answered(mut self, answer: &Sampled) -> Self {
        let said = Said::Before {
            raw: answer.raw.clone(),
            several: answer.raw.starts_with('['),
            uses_tools: answer.tool_uses().next().is_some(),
        };
        self.messages.push(Message { role: answer.role, said });
        self
    }

    /// Adds the result of a tool that the model wanted to use. After [`answered`](Self::answered), add one for each of the
    /// answer's [`tool_uses`](Sampled::tool_uses) (`client/sampling`, "Tool Use and Result Balance").
    pub fn tool_result(self, id: impl Into<String>, content: impl Into<Content>) -> Self {
        self.by_tool(ToolResult { id: id.into(), content: vec![content.into()], is_error: false })
    }

    /// Adds the failure of a tool that the model wanted to use, with the reason.
    pub fn tool_error(self, id: impl Into<String>, why: impl Into<String>) -> Self {
        self.by_tool(ToolResult { id: id.into(), content: vec![Content::text(why)], is_error: true })
    }

    /// Results in a row are one message, which holds nothing else.
    fn by_tool(mut self, result: ToolResult) -> Self {
        match self.messages.last_mut() {
            Some(Message { said: Said::ByTools(results), .. }) => results.push(result),
            _ => self.messages.push(Message { role: Role::User, said: Said::ByTools(vec![result]) }),
        }
        self
    }

    /// Sets the system prompt, which the client may change.
    pub fn system(mut self, prompt: impl Into<String>) -> Self {
        self.system = Some(prompt.into());
        self
    }

    /// Limits the length of the answer. By default to 1,000 tokens.
    pub fn max_tokens(mut self, tokens: u32) -> Self {
        self.max_tokens = tokens;
        self
    }

    /// Sets the temperature: how random the answer is. The scale depends on the model.
    pub fn temperature(mut self, temperature: f64) -> Self {
        self.temperature = Some(temperature);
        self
    }

    /// Adds a stop sequence: a text at which the answer ends.
    pub fn stop(mut self, sequence: impl Into<String>) -> Self {
        self.stop.push(sequence.into());
        self
    }

    /// Adds the name of a suitable model, or a part of the name. Name the best one first.
    pub fn model_hint(mut self, name: impl Into<String>) -> Self {
        self.preferences.hints.push(name.into());
        self
    }

    /// Sets how much a low price matters, from 0 to 1.
    pub fn prefer_cost(mut self, priority: f64) -> Self {
        self.preferences.cost = Some(priority);
        self
    }

    /// Sets how much a quick answer matters, from 0 to 1.
    pub fn prefer_speed(mut self, priority: f64) -> Self {
        self.preferences.speed = Some(priority);
        self
    }

    /// Sets how much the model's intelligence matters, from 0 to 1.
    pub fn prefer_intelligence(mut self, priority: f64) -> Self {
        self.preferences.intelligence = Some(priority);
        self
    }

    /// Sets which of its other conversations the client should show to the model. From 2025-11-25 the client must declare
    /// [`Capability::SamplingContext`].
    pub fn include_context(mut self, context: IncludeContext) -> Self {
        self.context = Some(context);
        self
    }

    /// Sets metadata for the provider of the model: a JSON object.
    pub fn metadata(mut self, metadata: impl Into<Value>) -> Self {
        self.metadata = Some(metadata.into());
        self
    }

    /// Adds a tool that the model may use (from 2025-11-25), with the JSON Schema of its arguments. Your function runs it, not
    /// the client.
    ///
    /// ```
    /// use mcp_runtime::{Question, sample};
    ///
    /// let schema = r#"{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}"#;
    /// let question = sample("Do I need an umbrella in Oslo?").tool("weather", "Says what the weather is.", schema);
    /// let wish = question.read(
    ///     r#"{"role": "assistant", "model": "m", "stopReason": "toolUse", "content":
    ///         {"type": "tool_use", "id": "call-1", "name": "weather", "input": {"city": "Oslo"}}}"#,
    /// )?;
    /// let mut next = question.answered(&wish);
    /// for tool in wish.tool_uses() {
    ///     next = next.tool_result(&tool.id, format!("It rains in {}.", tool.input["city"]));
    /// }
    /// # Ok::<(), mcp_runtime::AskError>(())
    /// ```
    pub fn tool(mut self, name: impl Into<String>, description: impl Into<String>, schema: impl Into<String>) -> Self {
        self.tools.push(Tool { name: name.into(), description: description.into(), schema: schema.into() });
        self
    }

    /// Sets whether the model may or must use the tools. By default it may.
    pub fn tool_choice(mut self, choice: ToolChoice) -> Self {
        self.tool_choice = Some(choice);
        self
    }

    fn uses_tools(&self) -> bool {
        let in_message = |message: &Message| match &message.said {
            Said::New(_) => false,
            Said::Before { uses_tools, .. } => *uses_tools,
            Said::ByTools(_) => true,
        };
        !self.tools.is_empty() || self.tool_choice.is_some() || self.messages.iter().any(in_message)
    }
}

impl Question for Sampling {
    type Answer = Sampled;

    fn method(&self) -> &'static str {
        "sampling/createMessage"
    }

    fn needs(&self) -> Vec<Capability> {
        let tools = self.uses_tools().then_some(Capability::SamplingTools);
        let context = self.context.filter(|context| *context != IncludeContext::None);
        let context = context.map(|_| Capability::SamplingContext);
        std::iter::once(Capability::Sampling).chain(tools).chain(context).collect()
    }

    fn params(&self, version: Version) -> Result<String, String> {
        wire::params(self, version)
    }

    fn read(&self, result: &str) -> Result<Sampled, AskError> {
        Sampled::read(result)
    }
}
