//! What the client's model has said.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mcp_proto::types::Role;
use serde_json::{Map, Value};

use crate::call::AskError;
use crate::questions::fault::Faults;
use crate::questions::members::{Members, list};

/// The answer of the client's model.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Translates a text.
/// #[tool]
/// async fn translate(ctx: &Ctx, text: &str) -> Result<String> {
///     let answer = ctx.ask("translate", sample(format!("Translate into French: {text}"))).await?;
///     Ok(format!("{} (by {})", answer.text(), answer.model))
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Sampled {
    /// Who speaks: usually the model.
    pub role: Role,
    /// The blocks of the answer.
    pub content: Vec<SampledContent>,
    /// The name of the model.
    pub model: String,
    /// Why it stopped: `endTurn`, `stopSequence`, `maxTokens`, `toolUse`, or a word of the client's own.
    pub stop_reason: Option<String>,
    /// The content as it came, with whatever the client wants to see again.
    pub(super) raw: String,
}

/// A block of the model's answer.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::SampledContent;
///
/// /// Draws with the client's model.
/// #[tool]
/// async fn draw(ctx: &Ctx, what: &str) -> Result<Vec<Content>> {
///     let drawn = ctx.ask("drawing", sample(format!("Draw {what}"))).await?;
///     let block = |block: &SampledContent| match block {
///         SampledContent::Text(text) => Some(Content::text(text.as_str())),
///         SampledContent::Image { data, .. } => Some(Image::png(data.clone()).into()),
///         _ => None,
///     };
///     Ok(drawn.content.iter().filter_map(block).collect())
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SampledContent {
    /// Text.
    Text(String),
    /// A picture.
    #[non_exhaustive]
    Image {
        /// Its bytes.
        data: Vec<u8>,
        /// Its MIME type.
        mime: String,
    },
    /// Sound.
    #[non_exhaustive]
    Audio {
        /// Its bytes.
        data: Vec<u8>,
        /// Its MIME type.
        mime: String,
    },
    /// A request of the model to use a tool (from 2025-11-25).
    ToolUse(ToolUse),
    /// The result of a tool (from 2025-11-25).
    #[non_exhaustive]
    ToolResult {
        /// The id of its [`ToolUse`].
        id: String,
        /// Its content blocks.
        content: Vec<Value>,
        /// Its structured content, for programs.
        structured: Option<Value>,
        /// Whether the tool failed.
        is_error: bool,
    },
}

/// A request of the model to use a tool: run it, and answer with [`Sampling::tool_result`](crate::Sampling::tool_result).
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Answers with the help of a tool that only the model sees.
/// #[tool]
/// async fn ask(ctx: &Ctx, question: &str) -> Result<String> {
///     let first = sample(question).tool("clock", "Tells the time.", r#"{"type":"object"}"#);
///     let answer = ctx.ask("first", first.clone()).await?;
///     let Some(wish) = answer.tool_uses().next() else { return Ok(answer.text()) };
///     let then = first.answered(&answer).tool_result(&wish.id, Content::text("It is noon."));
///     Ok(ctx.ask("second", then).await?.text())
/// }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ToolUse {
    /// The id that the result must name.
    pub id: String,
    /// The name of the tool.
    pub name: String,
    /// Its arguments, which are not validated against the tool's schema.
    pub input: Map<String, Value>,
}

impl Sampled {
    /// The text of all blocks, each on its own line.
    pub fn text(&self) -> String {
        let texts = self.content.iter().filter_map(|block| match block {
            SampledContent::Text(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect::<Vec<_>>().join("\n")
    }

    /// The tools that the model wants to use.
    pub fn tool_uses(&self) -> impl Iterator<Item = &ToolUse> {
        self.content.iter().filter_map(|block| match block {
            SampledContent::ToolUse(wish) => Some(wish),
            _ => None,
        })
    }

    pub(super) fn read(result: &str) -> Result<Self, AskError> {
        let mut faults = Faults::default();
        let sampled = read(result, &mut faults);
        faults.or(sampled)
    }
}

fn read(result: &str, faults: &mut Faults) -> Option<Sampled> {
    let members = Members::read("", result, faults)?;
    let role = members.required("role", r#""user" or "assistant""#, faults);
    let raw = members.raw("content", faults);
    let content = raw.and_then(|json| content(json, faults));
    let model = members.required("model", "text", faults);
    let stop_reason = members.optional("stopReason", "text", faults);
    Some(Sampled { role: role?, content: content?, model: model?, stop_reason, raw: raw?.to_owned() })
}

/// One block, or a list of them.
fn content(json: &str, faults: &mut Faults) -> Option<Vec<SampledContent>> {
    if !json.starts_with('[') {
        return Some(vec![block("content".to_owned(), json, faults)?]);
    }
    let elements = list("content", json, faults)?;
    let blocks: Vec<_> = elements.into_iter().map(|(path, json)| block(path, json, faults)).collect();
    blocks.into_iter().collect()
}

fn block(path: String, json: &str, faults: &mut Faults) -> Option<SampledContent> {
    let members = Members::read(path, json, faults)?;
    let kind: String = members.required("type", "text", faults)?;
    match kind.as_str() {
        "text" => members.required("text", "text", faults).map(SampledContent::Text),
        "image" => media(&members, faults).map(|(data, mime)| SampledContent::Image { data, mime }),
        "audio" => media(&members, faults).map(|(data, mime)| SampledContent::Audio { data, mime }),
        "tool_use" => {
            let id = members.required("id", "text", faults);
            let name = members.required("name", "text", faults);
            let input = members.required("input", "an object that can be read", faults);
            Some(SampledContent::ToolUse(ToolUse { id: id?, name: name?, input: input? }))
        }
        "tool_result" => {
            let id = members.required("toolUseId", "text", faults);
            let content = members.required("content", "a list that can be read", faults);
            let structured = members.optional("structuredContent", "JSON that can be read", faults);
            let is_error = members.optional("isError", "true or false", faults).unwrap_or_default();
            Some(SampledContent::ToolResult { id: id?, content: content?, structured, is_error })
        }
        _ => {
            let json = members.get("type").unwrap_or_default();
            faults.expected(&members.path("type"), "text, image, audio, tool_use or tool_result", json);
            None
        }
    }
}

fn media(members: &Members<'_>, faults: &mut Faults) -> Option<(Vec<u8>, String)> {
    let text: Option<String> = members.required("data", "text", faults);
    let data = text.and_then(|text| STANDARD.decode(text).ok());
    if let (None, Some(json)) = (&data, members.given("data").filter(|json| json.starts_with('"'))) {
        faults.expected(&members.path("data"), "Base64", json);
    }
    let mime = members.required("mimeType", "text", faults);
    Some((data?, mime?))
}
