//! Reading a resource.

use super::answer::Answer;
use super::content::{self, Piece};
use super::json::object;
use super::offer::{self, Items, Kind};
use super::output::Output;
use super::remote::{Failure, METHOD_NOT_FOUND, Remote};
use crate::nearest::nearest;

/// Reads a resource; the result, as the server wrote it.
///
/// # Errors
/// The server's; of a resource that is not there, with the one whose URI is nearest.
pub(super) fn fetch(remote: &mut dyn Remote, uri: &str) -> Result<String, Failure> {
    let refused = match remote.request("resources/read", object(vec![("uri", uri.into())])) {
        Ok(result) => return Ok(result),
        Err(refused) => refused,
    };
    if refused.is(METHOD_NOT_FOUND) {
        return Err(match offer::all(remote, Kind::Resources) {
            Ok(_) => refused,
            Err(failure) => failure,
        });
    }
    // What else is wrong with a URI is not made better by another one.
    if !refused.message().starts_with("Resource not found") {
        return Err(refused);
    }
    let mut uris = Vec::new();
    for kind in [Kind::Resources, Kind::Templates] {
        if let Ok(items) = Items::fetch(remote, kind) {
            uris.extend(items.read().map(|item| item[kind.key()].text().to_owned()));
        }
    }
    let meant = nearest(uri, &mut uris.iter().map(String::as_str).filter(|known| *known != uri));
    let tip = meant.map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
    Err(Failure::new(format!("{}{tip}", refused.message())))
}

/// Shows the contents.
///
/// # Errors
/// Where the result is not as the protocol has it.
pub(super) fn show(result: &str, as_json: bool, out: &mut Output) -> Result<(), Failure> {
    if as_json {
        out.json(result);
        return Ok(());
    }
    let contents = Answer::read("resources/read", result)?.get("contents");
    let pieces: Vec<_> = contents.items().iter().map(Piece::of_resource).collect();
    content::show(&pieces, out)
}
