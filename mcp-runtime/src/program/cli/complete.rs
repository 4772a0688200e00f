//! Completing an argument of a prompt or of a resource template.

use serde_json::{Map, Value};

use super::json::{Json, object};
use super::output::Output;
use super::remote::{Failure, METHOD_NOT_FOUND, Remote};
use super::values;

/// An argument that is being written, and the values that others have already.
pub(super) struct Begun<'a> {
    argument: &'a str,
    value: &'a str,
    others: Map<String, Value>,
}

impl<'a> Begun<'a> {
    /// The first of them is the one to complete.
    ///
    /// # Errors
    /// What is not written as `key=value`.
    pub(super) fn read(mut written: impl Iterator<Item = &'a str>) -> Result<Self, Failure> {
        let first = written.next().unwrap_or_default();
        // A name alone is completed from nothing.
        let (argument, value) = if first.contains('=') { values::pair(first)? } else { (first, "") };
        Ok(Self { argument, value, others: values::texts(written)? })
    }
}

/// Asks how the value of an argument may go on, where the other arguments have these values.
///
/// # Errors
/// The server's, and that it completes nothing.
pub(super) fn fetch(remote: &mut dyn Remote, of: &str, begun: Begun<'_>) -> Result<String, Failure> {
    let reference = if of.contains("://") {
        object(vec![("type", "ref/resource".into()), ("uri", of.into())])
    } else {
        object(vec![("type", "ref/prompt".into()), ("name", of.into())])
    };
    let argument = object(vec![("name", begun.argument.into()), ("value", begun.value.into())]);
    let context = object(vec![("arguments", begun.others.into())]);
    let params = object(vec![("ref", reference), ("argument", argument), ("context", context)]);
    match remote.request("completion/complete", params) {
        Err(failure) if failure.is(METHOD_NOT_FOUND) => Err(Failure::new("this server completes no arguments")),
        other => other,
    }
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
