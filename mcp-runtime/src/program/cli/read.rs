//! Reading a resource.

use mcp_proto::types::UriTemplate;

use super::answer::Answer;
use super::content::{self, Piece};
use super::help;
use super::json::object;
use super::offer::{self, Items, Kind};
use super::output::Output;
use super::remote::{Failure, METHOD_NOT_FOUND, Remote};
use super::texts::Texts;
use crate::nearest::nearest;

/// Reads a resource; the result, as the server wrote it.
///
/// # Errors
/// The server's; of a resource that is not there, with the one whose URI is nearest.
pub(super) fn fetch(
    remote: &mut dyn Remote,
    uri: &str,
    texts: &dyn Fn(&str) -> Option<Texts>,
) -> Result<String, Failure> {
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
    let mut known = |kind: Kind| Items::fetch(remote, kind).map(|items| items.keys()).unwrap_or_default();
    let (uris, templates) = (known(Kind::Resources), known(Kind::Templates));
    let tip = match nearest(uri, &mut uris.iter().map(String::as_str)) {
        Some(meant) => format!("; did you mean `{meant}`?"),
        // What matches a template was asked for, and is not there.
        None if templates.iter().any(|template| matches(template, uri)) => String::new(),
        None => template_for(uri, &templates).map(|template| filled_in(template, texts)).unwrap_or_default(),
    };
    Err(Failure::new(format!("{}{tip}", refused.message())))
}

/// The template that was perhaps meant: one that begins like the URI, or is near it.
fn template_for<'a>(uri: &str, templates: &'a [String]) -> Option<&'a str> {
    let begins = |template: &&String| {
        let literal = template.split('{').next().unwrap_or_default();
        literal.contains("://") && uri.starts_with(literal)
    };
    let longest = templates.iter().filter(begins).max_by_key(|template| template.find('{'));
    longest.map(String::as_str).or_else(|| nearest(uri, &mut templates.iter().map(String::as_str)))
}

fn matches(template: &str, uri: &str) -> bool {
    UriTemplate::parse(template).is_ok_and(|template| template.match_uri(uri).is_some())
}

/// How a template becomes a URI.
fn filled_in(template: &str, texts: &dyn Fn(&str) -> Option<Texts>) -> String {
    let (names, filled) = help::variables(template, texts(template).as_ref());
    let (names, filled) = (names.join(", "), filled.map(|filled| format!(", as in `{filled}`")).unwrap_or_default());
    format!("; `{template}` is a template: give {names} a value{filled}")
}

/// Shows the contents, in a file if one is named.
///
/// # Errors
/// Where the result is not as the protocol has it, or a file cannot be written.
pub(super) fn show(result: &str, as_json: bool, file: Option<&str>) -> Result<Output, Failure> {
    if as_json {
        let mut out = Output::open(file)?;
        out.json(result);
        return Ok(out);
    }
    let contents = Answer::read("resources/read", result)?.get("contents");
    let pieces: Vec<_> = contents.items().iter().map(Piece::of_resource).collect();
    content::show(&pieces, file)
}
