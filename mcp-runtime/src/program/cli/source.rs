//! Values that stand in a file or come from standard input.

use std::io::{self, Read as _};

use serde_json::{Map, Value};

use super::remote::Failure;

/// What a value stands for: `@FILE` for the text of a file, `@-` for standard input, `@@…` for a text that begins with `@`.
///
/// # Errors
/// Why the file cannot be read.
pub(super) fn text(value: &str) -> Result<String, Failure> {
    let Some(name) = value.strip_prefix('@') else { return Ok(value.to_owned()) };
    if name.starts_with('@') {
        return Ok(name.to_owned());
    }
    read(name).map_err(|error| {
        let tip = format!("for a text that begins with `@` write `@{value}`");
        Failure::usage(format!("cannot read {}: {error}; {tip}", called(name)))
    })
}

/// A JSON object: itself, `@FILE`, or `-` for standard input.
///
/// # Errors
/// Where it cannot be read, or is no object.
pub(super) fn object(option: &str, value: &str) -> Result<Map<String, Value>, Failure> {
    let (text, place) = match value.strip_prefix('@').or((value == "-").then_some("-")) {
        None => (value.to_owned(), String::new()),
        Some(name) => {
            let read = read(name);
            let text =
                read.map_err(|error| Failure::usage(format!("{option}: cannot read {}: {error}", called(name))))?;
            (text, format!(" in {}", called(name)))
        }
    };
    let wrong = |error| Failure::usage(format!("{option} takes a JSON object, such as '{{\"a\":1}}'{place}: {error}"));
    serde_json::from_str(&text).map_err(wrong)
}

fn read(name: &str) -> io::Result<String> {
    if name != "-" {
        return std::fs::read_to_string(name);
    }
    let mut text = String::new();
    io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

fn called(name: &str) -> String {
    if name == "-" { "standard input".to_owned() } else { format!("the file `{name}`") }
}
