//! Completing an argument of a prompt or of a resource template.

use serde_json::{Map, Value};

use super::json::{Json, object};
use super::offer::{Items, Kind};
use super::output::Output;
use super::remote::{Failure, METHOD_NOT_FOUND, Remote};
use super::values;
use crate::joined::joined;

/// How many names are told of, where one was wrong.
const SHOWN: usize = 10;

/// An argument that is being written, and the values that others have already.
pub(super) struct Begun<'a> {
    argument: &'a str,
    value: &'a str,
    others: Map<String, Value>,
}

impl<'a> Begun<'a> {
    /// The last of them is the one to complete.
    ///
    /// # Errors
    /// What is not written as `key=value`.
    pub(super) fn read(mut written: impl DoubleEndedIterator<Item = &'a str>) -> Result<Self, Failure> {
        let last = written.next_back().unwrap_or_default();
        // A name alone is completed from nothing.
        let (argument, value) = if last.contains('=') { values::pair(last)? } else { (last, "") };
        Ok(Self { argument, value, others: values::texts(written)? })
    }
}

/// Asks how the value of an argument may go on, where the other arguments have these values.
///
/// # Errors
/// The server's, and that it completes nothing.
pub(super) fn fetch(remote: &mut dyn Remote, of: &str, begun: Begun<'_>) -> Result<String, Failure> {
    let is_uri = of.contains("://");
    match ask(remote, of, is_uri, &begun) {
        Err(failure) if failure.is(METHOD_NOT_FOUND) => Err(Failure::new("this server completes no arguments")),
        Err(failure) if !is_uri && failure.message() == format!("Unknown prompt: {of}") => {
            // Templates have names, too.
            let templates = Items::fetch(remote, Kind::Templates).ok();
            let named = templates.as_ref().and_then(|templates| templates.read().find(|one| one["name"].text() == of));
            match named {
                Some(template) => ask(remote, template["uriTemplate"].text(), true, &begun),
                None => Err(nothing_called(remote, of, templates)),
            }
        }
        other => other,
    }
}

fn ask(remote: &mut dyn Remote, of: &str, is_uri: bool, begun: &Begun<'_>) -> Result<String, Failure> {
    let reference = if is_uri {
        object(vec![("type", "ref/resource".into()), ("uri", of.into())])
    } else {
        object(vec![("type", "ref/prompt".into()), ("name", of.into())])
    };
    let argument = object(vec![("name", begun.argument.into()), ("value", begun.value.into())]);
    let context = object(vec![("arguments", begun.others.clone().into())]);
    let params = object(vec![("ref", reference), ("argument", argument), ("context", context)]);
    remote.request("completion/complete", params)
}

/// That no prompt and no template has this name, and which there are.
fn nothing_called(remote: &mut dyn Remote, of: &str, templates: Option<Items>) -> Failure {
    let mut keys = |kind| Items::fetch(remote, kind).map(|items| items.keys()).unwrap_or_default();
    let (prompts, tools) = (keys(Kind::Prompts), keys(Kind::Tools));
    if tools.iter().any(|tool| tool == of) {
        return Failure::new(format!("`{of}` is a tool; only arguments of prompts and templates are completed"));
    }
    let all: Vec<String> = prompts.into_iter().chain(templates.iter().flat_map(Items::keys)).collect();
    let shown = joined(", ", &mut all.iter().take(SHOWN).map(|name| format!("`{name}`")));
    let more = if all.len() > SHOWN { ", …" } else { "" };
    Failure::new(format!("no prompt or template is called `{of}`; there are {shown}{more}"))
}

/// Shows the values, one a line.
pub(super) fn show(result: &str, as_json: bool, out: &mut Output) {
    if as_json {
        return out.json(result);
    }
    for value in Json::parse(result)["completion"]["values"].items() {
        out.text(value.text());
    }
}
