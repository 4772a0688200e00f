//! Getting a prompt.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::content::Piece;
use super::json::{Json, object};
use super::offer::{self, Kind};
use super::output::Output;
use super::remote::{Failure, METHOD_NOT_FOUND, Remote};

/// Gets a prompt; the result, as the server wrote it.
///
/// # Errors
/// The server's, and that it has no prompts.
pub(super) fn fetch(remote: &mut dyn Remote, name: &str, arguments: Map<String, Value>) -> Result<String, Failure> {
    match remote.request("prompts/get", object(vec![("name", name.into()), ("arguments", arguments.into())])) {
        Err(refused) if refused.is(METHOD_NOT_FOUND) => Err(offer::all(remote, Kind::Prompts).err().unwrap_or(refused)),
        other => other,
    }
}

/// Shows the messages, each with who says it, in a file if one is named.
///
/// # Errors
/// Where the result is not as the protocol has it, or a file cannot be written.
pub(super) fn show(result: &str, as_json: bool, file: Option<&str>) -> Result<Output, Failure> {
    // Read before a file is opened, which is empty from then on.
    let messages = if as_json { Json::Null } else { Answer::read("prompts/get", result)?.get("messages") };
    let mut out = Output::open(file)?;
    if as_json {
        out.json(result);
    }
    for message in messages.items() {
        out.text(&format!("{}: {}", message["role"].text(), Piece::of_block(&message["content"]).line()));
    }
    Ok(out)
}
