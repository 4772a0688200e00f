//! Calling one's own tools.

use std::collections::BTreeMap;

use mcp_proto::wire::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

use super::reply;
use crate::call::Ctx;
use crate::finite::to_json;
use crate::json_text;
use crate::output::{Error, ToolOutput, ToolWriter};

/// The result of a tool that was called with [`Ctx::call`](crate::Ctx::call) (`server/tools`, "Tool Result").
///
/// A tool may return it, and so pass on the result of another, with its `_meta`.
///
/// ```
/// use mcp_runtime::CallToolResult;
/// use mcp_runtime::prelude::*;
/// use serde_json::json;
///
/// /// Adds two numbers.
/// #[tool]
/// fn add(a: i64, b: i64) -> i64 {
///     a + b
/// }
///
/// /// Adds three numbers.
/// #[tool]
/// async fn add_three(ctx: &Ctx, a: i64, b: i64, c: i64) -> Result<CallToolResult> {
///     let sum: i64 = ctx.call("add", json!({ "a": a, "b": b })).await?.value()?;
///     ctx.call("add", json!({ "a": sum, "b": c })).await
/// }
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct CallToolResult {
    /// The blocks of content, as the protocol has them.
    pub content: Vec<Value>,
    /// The result for programs.
    pub structured_content: Option<Value>,
    /// Whether the tool has failed.
    pub is_error: bool,
    /// Its `_meta`, without what the protocol itself says there (`io.modelcontextprotocol/…`).
    #[serde(rename = "_meta", deserialize_with = "own_meta")]
    pub meta: Map<String, Value>,
}

/// The members of `_meta` that are the tool's own: the answer to the client gets those of the protocol anew.
fn own_meta<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    let mut meta = Map::deserialize(deserializer)?;
    meta.retain(|key, _| !key.starts_with("io.modelcontextprotocol/"));
    Ok(meta)
}

impl CallToolResult {
    /// The text of all blocks, each on lines of its own.
    pub fn text(&self) -> String {
        self.content.iter().filter_map(|block| block.get("text")?.as_str()).collect::<Vec<_>>().join("\n")
    }

    /// The value that the tool's function has returned, as a `T`. It is read from the structured content if there is any, and
    /// else from the JSON of the text. `{"result": …}` is unwrapped, unless `T` is such an object itself.
    ///
    /// # Errors
    /// If the result is not a `T`.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let Some(structured) = &self.structured_content else {
            return serde_json::from_str(&self.text()).map_err(Error::internal);
        };
        T::deserialize(structured).or_else(|misfit| {
            let wrapped = structured.get("result").ok_or_else(|| Error::internal(misfit))?;
            T::deserialize(wrapped).map_err(Error::internal)
        })
    }
}

impl ToolOutput for CallToolResult {
    fn write(&self, writer: &mut ToolWriter<'_>) {
        for block in &self.content {
            writer.raw_content(&json_text::value(block));
        }
        if let Some(structured) = &self.structured_content {
            writer.structured(json_text::value(structured));
        }
        if !self.meta.is_empty() {
            writer.meta(&self.meta);
        }
        writer.set_error(self.is_error);
    }
}

impl Ctx {
    /// Calls a tool of the same server, for the same client and principal: its arguments are checked, its timeout holds, its
    /// panic is caught. The questions it asks travel under `tool/key`. It reports no progress of its own.
    ///
    /// `tool` is the name that the server has for it: where its group is mounted under a prefix
    /// ([`mount_as`](crate::ServerBuilder::mount_as)), with the prefix. `arguments` is anything that serializes to an object, or `()`
    /// for none.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use serde_json::json;
    ///
    /// /// Adds two numbers.
    /// #[tool]
    /// fn add(a: i64, b: i64) -> i64 {
    ///     a + b
    /// }
    ///
    /// /// Adds three.
    /// #[tool]
    /// async fn add_three(ctx: &Ctx, a: i64, b: i64, c: i64) -> Result<i64> {
    ///     let sum: i64 = ctx.call("add", json!({ "a": a, "b": b })).await?.value()?;
    ///     ctx.call("add", json!({ "a": sum, "b": c })).await?.value()
    /// }
    /// ```
    ///
    /// # Errors
    /// What the tool failed with, as it told the client's model; or that there is no such tool.
    pub async fn call(&self, tool: &str, arguments: impl Serialize) -> Result<CallToolResult, Error> {
        let params = BTreeMap::from([("name", string(tool)?), ("arguments", object(&arguments)?)]);
        let result: CallToolResult = reply::result(&self.request(tool, &Method::ToolsCall, params).await)?;
        if result.is_error { Err(Error::new(result.text())) } else { Ok(result) }
    }
}

/// A text as JSON.
pub(super) fn string(text: &str) -> Result<Box<RawValue>, Error> {
    to_raw_value(text).map_err(Error::internal)
}

/// Arguments as JSON, an object.
pub(super) fn object(arguments: &impl Serialize) -> Result<Box<RawValue>, Error> {
    let json = to_json(arguments).map_err(|unsendable| Error::internal(unsendable.of("the call")))?;
    match &*json {
        "null" => RawValue::from_string("{}".to_owned()).map_err(Error::internal),
        object if object.starts_with('{') => RawValue::from_string(json).map_err(Error::internal),
        other => Err(Error::internal(format!("arguments are an object, not {other}"))),
    }
}
