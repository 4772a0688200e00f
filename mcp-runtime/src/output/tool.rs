//! What tools return (`server/tools`, "Tool Result").

use mcp_proto::Version;
use mcp_proto::types::{Audio, Content, Embedded, Image, ResourceLink, Text};
use mcp_proto::wire::{Reply, ResultWriter, Str, single_line, write_str};
use serde::Serialize;
use serde_json::{Map, Value};

use super::answer::told;
use super::probe::Probe;
use crate::call::{Call, OutputShape};
use crate::finite::{self, Unsendable, to_json};
use crate::json_text;

/// A type that writes itself as a tool's result.
///
/// Everything that serializes can be returned without it; implement it for a type that wants content blocks of its own.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{ToolOutput, ToolWriter};
///
/// struct Chart {
///     title: String,
///     png: Vec<u8>,
/// }
///
/// impl ToolOutput for Chart {
///     fn write(&self, writer: &mut ToolWriter<'_>) {
///         writer.content(&Content::text(&*self.title));
///         writer.content(&Image::png(&*self.png).into());
///     }
/// }
///
/// /// Draws a chart.
/// #[tool]
/// fn chart() -> Chart {
///     Chart { title: "Nothing yet".to_owned(), png: Vec::new() }
/// }
/// ```
pub trait ToolOutput {
    /// Writes the content blocks, and whatever else the result has.
    fn write(&self, writer: &mut ToolWriter<'_>);
}

/// Writes a tool's result, block by block.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{ToolOutput, ToolWriter};
///
/// struct Count(u32);
///
/// impl ToolOutput for Count {
///     fn write(&self, writer: &mut ToolWriter<'_>) {
///         writer.text(&format!("There are {}.", self.0));
///         writer.structured(format!(r#"{{"count":{}}}"#, self.0));
///         writer.set_error(self.0 == 0);
///     }
/// }
/// ```
#[derive(Debug)]
pub struct ToolWriter<'a> {
    call: &'a Call,
    result: ResultWriter,
    blocks: usize,
    structured: Option<Structured>,
    is_error: bool,
    meta: Option<String>,
}

/// What goes into `structuredContent`.
#[derive(Debug)]
enum Structured {
    /// The JSON of an object.
    Object(String),
    /// Any JSON, to be wrapped into an object.
    Wrapped(String),
}

impl<'a> ToolWriter<'a> {
    pub(crate) fn new(call: &'a Call) -> Self {
        Self::with_capacity(call, 0)
    }

    fn with_capacity(call: &'a Call, payload: usize) -> Self {
        let mut result = ResultWriter::with_capacity(call.id(), 256 + payload);
        result.member("content").push(b'[');
        Self { call, result, blocks: 0, structured: None, is_error: false, meta: None }
    }

    /// The revision the result is written for.
    pub fn version(&self) -> Version {
        self.call.version()
    }

    /// Adds a block.
    pub fn content(&mut self, block: &Content) {
        let version = self.version();
        block.write(self.next_block(), version);
    }

    /// Adds a block that is JSON already.
    pub(crate) fn raw_content(&mut self, json: &str) {
        self.next_block().extend_from_slice(json.as_bytes());
    }

    /// Adds a block of text.
    pub fn text(&mut self, text: &str) {
        self.text_block(|out| write_str(out, text));
    }

    /// Sets `structuredContent`: a JSON object, which may have several lines.
    pub fn structured(&mut self, json: String) {
        self.structured = Some(Structured::Object(single_line(json)));
    }

    /// Says whether the tool has failed.
    pub fn set_error(&mut self, is_error: bool) {
        self.is_error = is_error;
    }

    /// Sets `_meta`.
    pub fn meta(&mut self, members: &Map<String, Value>) {
        let json = serde_json::to_string(members).unwrap_or_default();
        self.meta = json.strip_prefix('{').and_then(|json| json.strip_suffix('}')).map(str::to_owned);
    }

    fn text_block(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        let out = self.next_block();
        out.extend_from_slice(br#"{"type":"text","text":"#);
        write(out);
        out.push(b'}');
    }

    fn next_block(&mut self) -> &mut Vec<u8> {
        let out = self.result.value();
        if self.blocks > 0 {
            out.push(b',');
        }
        self.blocks += 1;
        out
    }

    pub(crate) fn finish(mut self) -> Reply {
        self.result.value().push(b']');
        if let Some(structured) = self.structured.take() {
            self.write_structured(&structured);
        }
        if self.is_error {
            self.result.members(r#""isError":true"#);
            self.result.set_tool_error();
        }
        self.result.finish_with(self.call.seal(), self.meta.as_deref(), None)
    }

    /// Writes it as far as the client's revision has it.
    #[inline(never)]
    fn write_structured(&mut self, structured: &Structured) {
        let version = self.call.version();
        match structured {
            _ if !version.has_structured_output() => {}
            Structured::Object(json) if !json.starts_with('{') && !version.has_structured_values() => {}
            Structured::Object(json) => {
                self.result.member("structuredContent").extend_from_slice(json.as_bytes());
            }
            Structured::Wrapped(json) => {
                let out = self.result.member("structuredContent");
                out.extend_from_slice(br#"{"result":"#);
                out.extend_from_slice(json.as_bytes());
                out.push(b'}');
            }
        }
    }
}

/// A whole tool result: content, structured content, whether the tool failed, and `_meta`.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// let result = ToolResult::text("21.5 °C")
///     .with(Image::png(vec![1, 2, 3]))
///     .structured(serde_json::json!({ "temperature": 21.5 }))
///     .meta("example.com/station", "Oslo");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ToolResult {
    content: Vec<Content>,
    structured: Option<Value>,
    /// Why the structured content or a member of `_meta` cannot be sent.
    unsendable: Option<String>,
    is_error: bool,
    meta: Map<String, Value>,
}

impl ToolResult {
    /// A result without content; add blocks with [`with`](Self::with).
    pub fn new() -> Self {
        Self::default()
    }

    /// One block of text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::new().with(Content::text(text))
    }

    /// The result of a tool that failed, with a text for the model.
    pub fn error(text: impl Into<String>) -> Self {
        Self { is_error: true, ..Self::text(text) }
    }

    /// Adds a block of content.
    #[must_use]
    pub fn with(mut self, block: impl Into<Content>) -> Self {
        self.content.push(block.into());
        self
    }

    /// Sets `structuredContent`, which must be an object in the revisions up to 2025-11-25. If the value cannot be JSON (`NaN`,
    /// an infinity, a map whose keys are not text), the result becomes an error that says why.
    #[must_use]
    pub fn structured(mut self, value: impl Serialize) -> Self {
        // Written once: some values can be asked only once.
        match finite::to_json(&value) {
            Ok(json) => self.structured = serde_json::from_str(&json).ok(),
            Err(unsendable) => self.unsendable = Some(unsendable.to_string()),
        }
        self
    }

    /// Adds a member of `_meta`. Its key needs a prefix of your own: `example.com/name`. If the value cannot be JSON, the result
    /// becomes an error that says why.
    #[must_use]
    pub fn meta(mut self, key: impl Into<String>, value: impl Serialize) -> Self {
        match finite::to_json(&value) {
            Ok(json) => _ = self.meta.insert(key.into(), serde_json::from_str(&json).unwrap_or_default()),
            Err(unsendable) => self.unsendable = Some(unsendable.to_string()),
        }
        self
    }
}

impl ToolOutput for ToolResult {
    fn write(&self, writer: &mut ToolWriter<'_>) {
        self.content.write(writer);
        if let Some(unsendable) = &self.unsendable {
            writer.text(unsendable);
        }
        if let Some(value) = &self.structured {
            writer.structured(json_text::value(value));
        }
        if !self.meta.is_empty() {
            writer.meta(&self.meta);
        }
        writer.set_error(self.is_error || self.unsendable.is_some());
    }
}

impl ToolOutput for () {
    fn write(&self, _: &mut ToolWriter<'_>) {}
}

impl ToolOutput for std::convert::Infallible {
    fn write(&self, _: &mut ToolWriter<'_>) {
        match *self {}
    }
}

impl ToolOutput for Content {
    fn write(&self, writer: &mut ToolWriter<'_>) {
        writer.content(self);
    }
}

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl ToolOutput for $text {
            fn write(&self, writer: &mut ToolWriter<'_>) {
                writer.text(self);
            }
        }
    )*};
}

texts!(String, &str, Box<str>, std::sync::Arc<str>, std::borrow::Cow<'_, str>, Str<'_>);

macro_rules! blocks {
    ($($block:ty),*) => {$(
        impl ToolOutput for $block {
            fn write(&self, writer: &mut ToolWriter<'_>) {
                writer.content(&self.clone().into());
            }
        }

        impl ToolOutput for Vec<$block> {
            fn write(&self, writer: &mut ToolWriter<'_>) {
                for block in self {
                    block.write(writer);
                }
            }
        }

        impl ToolOutput for Option<$block> {
            fn write(&self, writer: &mut ToolWriter<'_>) {
                if let Some(block) = self {
                    block.write(writer);
                }
            }
        }
    )*};
}

blocks!(Text, Image, Audio, ResourceLink, Embedded);

impl ToolOutput for Vec<Content> {
    fn write(&self, writer: &mut ToolWriter<'_>) {
        for block in self {
            writer.content(block);
        }
    }
}

impl ToolOutput for Option<Content> {
    fn write(&self, writer: &mut ToolWriter<'_>) {
        if let Some(block) = self {
            writer.content(block);
        }
    }
}

/// Types that write themselves.
pub trait ToolByOutput<T> {
    /// The answer.
    fn reply_tool(&self, value: T, call: &Call) -> Reply;
}

/// Types that serialize.
pub trait ToolBySerde<T> {
    /// The answer.
    fn reply_tool(&self, value: T, call: &Call) -> Reply;
}

impl<T: ToolOutput> ToolByOutput<T> for &Probe<T> {
    fn reply_tool(&self, value: T, call: &Call) -> Reply {
        let mut writer = ToolWriter::new(call);
        value.write(&mut writer);
        writer.finish()
    }
}

impl<T: Serialize> ToolBySerde<T> for Probe<T> {
    fn reply_tool(&self, value: T, call: &Call) -> Reply {
        match to_json(&value) {
            Ok(json) => reply_json(call, json),
            Err(error @ Unsendable::NotFinite { .. }) => told(call, error.to_string()),
            // A map whose keys are no strings, say: the function's types are at fault, not the caller.
            Err(Unsendable::Serde(error)) => super::Error::internal(error).reply(call),
        }
    }
}

/// The JSON, on one line, as text for models that read only text, and as structured content for programs.
fn reply_json(call: &Call, json: String) -> Reply {
    let mut writer = ToolWriter::with_capacity(call, json.len() * 2);
    if json.starts_with('"') {
        // A string, as an `Option<String>` or an enum gives it: its JSON is the text's JSON already.
        writer.text_block(|out| out.extend_from_slice(json.as_bytes()));
    } else {
        writer.text(&json);
    }
    match call.entry().map(|entry| entry.output).unwrap_or_default() {
        OutputShape::Object => writer.structured = Some(Structured::Object(json)),
        OutputShape::Wrapped => writer.structured = Some(Structured::Wrapped(json)),
        OutputShape::Unchecked if json.starts_with('{') => writer.structured = Some(Structured::Object(json)),
        OutputShape::Unchecked | OutputShape::Text => {}
    }
    writer.finish()
}
