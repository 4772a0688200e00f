//! What is known of a tool when it is called: arguments that go into headers, hints, the schema of its result.

use std::sync::Arc;

use mcp_proto::wire::Code;
use serde_json::Value;

use super::Client;
use super::drive::Ask;
use super::error::ClientError;
use super::items::Tool;
use super::result::CallResult;
use crate::args::{Held, pattern_engine};
use crate::call::{FaultLimits, Inspect as _};

/// Adds to a call what is known of its tool.
///
/// # Errors
/// What is to be checked cannot be: there is no such tool, or no list.
pub(super) async fn prepare(
    client: &Client,
    name: &str,
    arguments: &str,
    ask: &mut Ask,
    is_checked: bool,
) -> Result<Option<Arc<Tool>>, ClientError> {
    let mut known = client.inner.tool(name);
    if known.is_none() && is_checked {
        client.tools().await?;
        known = client.inner.tool(name);
        if known.is_none() {
            return Err(ClientError::invalid(format!(
                "the server lists no tool `{name}`, so its result cannot be checked"
            )));
        }
    }
    if let Some(tool) = &known {
        ask.is_repeatable |= tool.annotations.is_repeatable();
        let headers = tool.mirror.headers(arguments);
        ask.request.mirrored = headers.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    }
    Ok(known)
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
