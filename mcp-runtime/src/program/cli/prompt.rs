//! Getting a prompt.

use serde_json::{Map, Value};

use super::answer::Answer;
use super::content::Piece;
use super::json::object;
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

/// Shows the messages, each with who says it.
///
/// # Errors
/// Where the result is not as the protocol has it.
pub(super) fn show(result: &str, as_json: bool, out: &mut Output) -> Result<(), Failure> {
    if as_json {
        out.json(result);
        return Ok(());
    }
    let messages = Answer::read("prompts/get", result)?.get("messages");
    for message in messages.items() {
        out.text(&format!("{}: {}", message["role"].text(), Piece::of_block(&message["content"]).line()));
    }
    Ok(())
}
