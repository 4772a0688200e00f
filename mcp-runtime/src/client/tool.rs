//! What is known of a tool when it is called: arguments that go into headers, hints, the schema of its result.

use std::sync::Arc;

use mcp_proto::wire::{Code, Response};
use serde_json::Value;

use super::Client;
use super::drive::{Ask, drive};
use super::error::ClientError;
use super::items::Tool;
use super::result::CallResult;
use crate::args::{Held, pattern_engine};
use crate::call::{FaultLimits, Inspect as _};

/// Adds to a call what is known of its tool. Its arguments begin there among its parameters.
pub(super) fn prepare(tool: &Tool, arguments_at: usize, ask: &mut Ask) {
    ask.is_repeatable |= tool.annotations.is_repeatable();
    let arguments = ask.request.params.get(arguments_at..).unwrap_or_default();
    let headers = tool.mirror.headers(arguments);
    ask.request.mirrored = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
}

/// A tool that was not listed yet, whose result is to be checked.
///
/// # Errors
/// There is no such tool, or no list.
pub(super) async fn listed(client: &Client, name: &str) -> Result<Arc<Tool>, ClientError> {
    client.tools().await?;
    client.inner.tool(name).ok_or_else(|| {
        ClientError::invalid(format!("the server lists no tool `{name}`, so its result cannot be checked"))
    })
}

/// Calls once more with a fresh list: the server has other annotations now (`basic/transports/streamable-http`).
///
/// # Errors
/// As for any call.
pub(super) async fn call_again(client: &Client, arguments_at: usize, ask: &mut Ask) -> Result<Response, ClientError> {
    client.inner.hub.cache.drop_list("tools/list");
    client.tools().await?;
    if let Some(tool) = client.inner.tool(ask.request.name.as_deref().unwrap_or_default()) {
        prepare(&tool, arguments_at, ask);
    }
    drive(&client.inner, ask).await
}

/// Whether the server has found that headers and body differ.
pub(super) fn is_header_mismatch(error: &ClientError) -> bool {
    error.code() == Some(Code::HEADER_MISMATCH.0)
}

/// Holds a structured result to the tool's output schema.
///
/// # Errors
/// [`ClientError::Mismatch`].
pub(super) fn hold(tool: &Tool, result: &CallResult) -> Result<(), ClientError> {
    let Some(schema) = &tool.output_schema else { return Ok(()) };
    let name = &tool.name;
    let Some(structured) = result.structured() else {
        return Err(ClientError::mismatch(format!("`{name}` has an output schema, and its result is not structured")));
    };
    let schema: Value = serde_json::from_str(schema.get())
        .map_err(|error| ClientError::protocol(format!("the output schema of `{name}` cannot be read: {error}")))?;
    let held = Held::new(&schema, &[], true, Some(pattern_engine), None)
        .map_err(|why| ClientError::protocol(format!("the output schema of `{name}` cannot be used: {why}")))?;
    let faults = held.inspect(structured, true, FaultLimits::default()).faults;
    if faults.is_empty() {
        return Ok(());
    }
    let faults: Vec<String> = faults.into_iter().map(|(place, what)| format!("{place}: {what}")).collect();
    let faults = faults.join("; ");
    Err(ClientError::mismatch(format!("the result of `{name}` does not fit its output schema: {faults}")))
}
