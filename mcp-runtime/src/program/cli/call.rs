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

/// Shows a tool's result, in a file if one is named. The exit code says whether the tool failed; then what it says goes to standard
/// error.
///
/// # Errors
/// Where the result is not as the protocol has it, or a file cannot be written.
pub(super) fn show(result: &str, as_json: bool, file: Option<&str>) -> Result<(ExitCode, Output), Failure> {
    let called = Answer::read("tools/call", result)?;
    let (content, structured) = (called.get("content"), called.raw("structuredContent"));
    let is_error = called.get("isError") == Json::Bool(true);
    let code = if is_error { ExitCode::FAILURE } else { ExitCode::SUCCESS };
    let pieces: Vec<_> = content.items().iter().map(Piece::of_block).collect();
    let json = if as_json { Some(result) } else { structured.filter(|tree| !is_error && is_told_twice(tree, &pieces)) };
    if json.is_none() && !is_error {
        return Ok((code, content::show(&pieces, file)?));
    }
    // The file has what succeeded, and with `--json` the result in any case.
    let mut out = Output::open(file.filter(|_| json.is_some()))?;
    match json {
        Some(json) => out.json(json),
        None => pieces.iter().for_each(|piece| say(&piece.line())),
    }
    Ok((code, out))
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
