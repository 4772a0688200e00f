//! Calling a tool.

use std::process::ExitCode;

use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::content::{self, Piece};
use super::json::{Json, on_one_line};
use super::offer::{self, Kind, unreadable};
use super::output::{Output, say};
use super::remote::{Failure, Remote};

/// The tool of this name, as the server lists it; `null` where there is none.
///
/// # Errors
/// The server's, and that it has no tools.
pub(super) async fn find(remote: &mut impl Remote, name: &str) -> Result<Json, Failure> {
    Ok(offer::all(remote, Kind::Tools).await?.find(name).unwrap_or_default())
}

/// Calls a tool; its result, as the server wrote it.
///
/// # Errors
/// The server's.
pub(super) async fn fetch(
    remote: &mut impl Remote,
    name: &str,
    arguments: Map<String, Value>,
) -> Result<String, Failure> {
    remote.request("tools/call", json!({ "name": name, "arguments": arguments })).await
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Called {
    #[serde(default)]
    content: Vec<Json>,
    structured_content: Option<Box<RawValue>>,
    #[serde(default)]
    is_error: bool,
}

/// Shows a tool's result. The exit code says whether the tool failed; then what it says goes to standard error.
///
/// # Errors
/// Where the result is not as the protocol has it.
pub(super) fn show(result: &str, as_json: bool, out: &mut Output) -> Result<ExitCode, Failure> {
    let called: Called = serde_json::from_str(result).map_err(|error| unreadable("tools/call", &error))?;
    let code = if called.is_error { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    let pieces: Vec<_> = called.content.iter().map(Piece::of_block).collect();
    if as_json {
        out.json(result);
    } else if called.is_error {
        pieces.iter().for_each(|piece| say(&piece.line()));
    } else if let (Some(tree), true) = (&called.structured_content, is_told_twice(&called, &pieces)) {
        out.json(tree.get());
    } else {
        content::show(&pieces, out)?;
    }
    Ok(code)
}

/// Whether the text is what the structured content says: it is laid out for whoever reads it.
fn is_told_twice(called: &Called, pieces: &[Piece<'_>]) -> bool {
    let Some(tree) = called.structured_content.as_deref().map(|json| on_one_line(json.get())) else { return false };
    match pieces {
        [] => true,
        [Piece::Text(text)] => {
            text.starts_with(['{', '[']) && serde_json::from_str::<&RawValue>(text).is_ok() && on_one_line(text) == tree
        }
        _ => false,
    }
}
