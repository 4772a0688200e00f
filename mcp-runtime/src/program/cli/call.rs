//! Calling a tool.

use std::process::ExitCode;

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::answer::Answer;
use super::content::{self, Piece};
use super::json::{Json, object, on_one_line};
use super::offer::{self, Kind};
use super::output::{Output, say};
use super::remote::{Failure, Remote};

/// The tool of this name, as the server lists it; `null` where there is none.
///
/// # Errors
/// The server's, and that it has no tools.
pub(super) fn find(remote: &mut dyn Remote, name: &str) -> Result<Json, Failure> {
    Ok(offer::all(remote, Kind::Tools)?.find(name).unwrap_or_default())
}

/// Calls a tool; its result, as the server wrote it.
///
/// # Errors
/// The server's.
pub(super) fn fetch(remote: &mut dyn Remote, name: &str, arguments: Map<String, Value>) -> Result<String, Failure> {
    remote.request("tools/call", object(vec![("name", name.into()), ("arguments", arguments.into())]))
}

/// Shows a tool's result. The exit code says whether the tool failed; then what it says goes to standard error.
///
/// # Errors
/// Where the result is not as the protocol has it.
pub(super) fn show(result: &str, as_json: bool, out: &mut Output) -> Result<ExitCode, Failure> {
    let called = Answer::read("tools/call", result)?;
    let (content, structured) = (called.get("content"), called.raw("structuredContent"));
    let is_error = called.get("isError") == Json::Bool(true);
    let code = if is_error { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    let pieces: Vec<_> = content.items().iter().map(Piece::of_block).collect();
    if as_json {
        out.json(result);
    } else if is_error {
        pieces.iter().for_each(|piece| say(&piece.line()));
    } else if let Some(tree) = structured.filter(|tree| is_told_twice(tree, &pieces)) {
        out.json(tree);
    } else {
        content::show(&pieces, out)?;
    }
    Ok(code)
}

/// Whether the text is what the structured content says: it is laid out for whoever reads it.
fn is_told_twice(tree: &str, pieces: &[Piece<'_>]) -> bool {
    let tree = on_one_line(tree);
    match pieces {
        [] => true,
        [Piece::Text(text)] => {
            text.starts_with(['{', '[']) && serde_json::from_str::<&RawValue>(text).is_ok() && on_one_line(text) == tree
        }
        _ => false,
    }
}
