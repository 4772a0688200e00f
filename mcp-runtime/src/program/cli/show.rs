//! Showing what the server says to people.

use std::fmt::Display;
use std::io::Write as _;
use std::process::ExitCode;

use serde_json::Value;

use crate::transport::stdio::{harmless, harmless_line};

/// Prints a line, or several. Control characters are shown, not sent: the terminal is the user's. That nobody reads any more
/// (`… | head`) is no failure.
fn line(text: impl Display) {
    let _ = writeln!(std::io::stdout(), "{}", harmless(&text.to_string()));
}

/// The same, on standard error.
fn error_line(text: impl Display) {
    let _ = writeln!(std::io::stderr(), "{}", harmless(&text.to_string()));
}

fn json(value: &Value) {
    let json = serde_json::to_string_pretty(value).unwrap_or_default();
    // JSON lets some control characters stand, and has an escape for them of its own.
    let is_bare = |char: char| char.is_control() && char != '\n';
    let escape = |char: char| if is_bare(char) { format!("\\u{:04x}", char as u32) } else { char.to_string() };
    line(if json.contains(is_bare) { json.chars().map(escape).collect() } else { json });
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text<'a>(value: &'a Value, member: &str) -> &'a str {
    value[member].as_str().unwrap_or_default()
}

/// The four lists, as they are named on the command line and in the results.
const LISTS: [(&str, &str, &str); 4] = [
    ("tools", "tools", "name"),
    ("resources", "resources", "uri"),
    ("templates", "resourceTemplates", "uriTemplate"),
    ("prompts", "prompts", "name"),
];

/// Lists names and the first lines of descriptions; one kind of thing, or all under headings.
pub(super) fn list(everything: &Value, kind: Option<&str>) {
    let wanted = |name: &str| kind.is_none_or(|kind| kind == name);
    for (name, member, key) in LISTS.into_iter().filter(|(name, ..)| wanted(name)) {
        let items: Vec<&Value> = array(&everything[member]).collect();
        if kind.is_none() && !items.is_empty() {
            line(format_args!("{name}:"));
        }
        let indent = if kind.is_none() { "  " } else { "" };
        let width = items.iter().map(|item| text(item, key).chars().count()).max().unwrap_or(0);
        for item in items {
            let about = text(item, "description").lines().next().unwrap_or_default();
            line(format!("{indent}{:width$}  {about}", harmless_line(text(item, key))).trim_end());
        }
    }
}

/// All that the server says of itself.
pub(super) fn everything(everything: &Value, as_json: bool) {
    if as_json {
        return json(everything);
    }
    let server = &everything["server"];
    line(format_args!("{} {}", text(server, "name"), text(server, "version")));
    for about in [text(server, "description"), text(everything, "instructions")] {
        if !about.is_empty() {
            line(about);
        }
    }
    let versions: Vec<&str> = array(&everything["supportedVersions"]).filter_map(Value::as_str).collect();
    line(format_args!("speaks {}", versions.join(", ")));
    list(everything, None);
}

/// A tool's result. The exit code says whether the tool failed.
pub(super) fn tool_result(result: &Value, raw: bool) -> ExitCode {
    let failed = result["isError"] == true;
    if raw {
        json(result);
    } else {
        for block in array(&result["content"]) {
            let shown = content(block);
            if failed { error_line(shown) } else { line(shown) }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// A resource's contents.
pub(super) fn contents(result: &Value, raw: bool) {
    if raw {
        return json(result);
    }
    array(&result["contents"]).for_each(|piece| line(resource(piece)));
}

/// A prompt's messages.
pub(super) fn messages(result: &Value, raw: bool) {
    if raw {
        return json(result);
    }
    for message in array(&result["messages"]) {
        line(format_args!("{}: {}", text(message, "role"), content(&message["content"])));
    }
}

/// A notification, on standard error.
pub(super) fn notification(method: &str, params: &Value) {
    match method {
        "notifications/message" => {
            let data = &params["data"];
            let data = data.as_str().map_or_else(|| data.to_string(), str::to_owned);
            error_line(format_args!("[{}] {data}", text(params, "level")));
        }
        "notifications/progress" => {
            let total = params.get("total").map(|total| format!("/{total}")).unwrap_or_default();
            error_line(format_args!("[{}{total}] {}", params["progress"], text(params, "message")));
        }
        _ => {}
    }
}

fn content(block: &Value) -> String {
    match text(block, "type") {
        "text" => text(block, "text").to_owned(),
        "resource" => resource(&block["resource"]),
        "resource_link" => format!("{} ({})", text(block, "uri"), text(block, "name")),
        kind => {
            format!("[{kind}, {}, {} bytes]", text(block, "mimeType"), bytes(text(block, "data")))
        }
    }
}

fn resource(piece: &Value) -> String {
    match piece["text"].as_str() {
        Some(text) => text.to_owned(),
        None => format!("[{}, {} bytes]", text(piece, "mimeType"), bytes(text(piece, "blob"))),
    }
}

/// How many bytes a Base64 text stands for.
fn bytes(base64: &str) -> usize {
    base64.trim_end_matches('=').len() * 3 / 4
}
