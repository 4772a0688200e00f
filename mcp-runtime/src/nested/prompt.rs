//! Rendering one's own prompts.

use std::collections::BTreeMap;

use mcp_proto::types::Role;
use mcp_proto::wire::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::reply;
use super::tool::{object, string};
use crate::call::Ctx;
use crate::json_text;
use crate::output::{Error, PromptOutput, PromptWriter};

/// What a prompt has given (`server/prompts`, "GetPromptResult").
///
/// A prompt may return it, and so pass on what another has said.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::GetPromptResult;
/// use serde_json::json;
///
/// /// Asks for a review.
/// #[prompt]
/// fn review(code: &str) -> String {
///     format!("Please review:\n{code}")
/// }
///
/// /// The same, for a file. What the other prompt has given is passed on.
/// #[prompt]
/// async fn review_file(ctx: &Ctx, path: &str) -> Result<GetPromptResult> {
///     let code = format!("// {path}");
///     let mut prompt = ctx.prompt("review", json!({ "code": code })).await?;
///     prompt.description = Some(format!("A review of {path}"));
///     Ok(prompt)
/// }
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct GetPromptResult {
    /// What it is.
    pub description: Option<String>,
    /// Who says what.
    pub messages: Vec<GotMessage>,
}

/// A message of a prompt.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::Role;
///
/// /// Counts who says how much in a prompt.
/// #[tool(read_only)]
/// async fn turns(ctx: &Ctx, name: &str) -> Result<usize> {
///     let prompt = ctx.prompt(name, ()).await?;
///     Ok(prompt.messages.iter().filter(|message| message.role == Role::User).count())
/// }
/// ```
#[derive(Clone, Debug, Deserialize)]
#[non_exhaustive]
pub struct GotMessage {
    /// Who says it.
    pub role: Role,
    /// What is said: a block of content, as the protocol has it.
    pub content: Value,
}

impl GetPromptResult {
    /// All its text, messages on lines of their own.
    pub fn text(&self) -> String {
        self.messages.iter().filter_map(|message| message.content.get("text")?.as_str()).collect::<Vec<_>>().join("\n")
    }
}

impl PromptOutput for GetPromptResult {
    fn write(self, writer: &mut PromptWriter<'_>) {
        for GotMessage { role, content } in &self.messages {
            writer.raw_message(*role, &json_text::value(content));
        }
        if let Some(description) = self.description {
            writer.description(description);
        }
    }
}

impl Ctx {
    /// Renders a prompt of the same server, for the same client and principal. The questions it asks travel under
    /// `prompt/key`.
    ///
    /// `name` is the one that the server has for it: where its group is mounted under a prefix
    /// ([`mount_as`](crate::ServerBuilder::mount_as)), with the prefix. `arguments` is anything that serializes to an object, whose
    /// values are texts as a client sends them; or `()`.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use serde_json::json;
    ///
    /// /// Asks for a review.
    /// #[prompt]
    /// fn review(code: &str) -> String {
    ///     format!("Please review:\n{code}")
    /// }
    ///
    /// /// Shows what the model would be asked.
    /// #[tool]
    /// async fn preview(ctx: &Ctx, code: &str) -> Result<String> {
    ///     Ok(ctx.prompt("review", json!({ "code": code })).await?.text())
    /// }
    /// ```
    ///
    /// # Errors
    /// What the prompt failed with; or that there is no such prompt.
    pub async fn prompt(&self, name: &str, arguments: impl Serialize) -> Result<GetPromptResult, Error> {
        let params = BTreeMap::from([("name", string(name)?), ("arguments", object(&arguments)?)]);
        reply::result(&self.request(name, &Method::PromptsGet, params).await)
    }
}
