//! One line of the log, as text or as JSON. Whatever is in its texts, it stays one line, and says what is whose.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use mcp_proto::wire::Id;
use serde_json::Value;
use tracing::Level;

use super::stderr;
use super::timestamp::Timestamp;
use crate::escape::{json_line, one_line};
use crate::json_text;
use crate::log::Field;

/// Whether lines are JSON.
static IS_JSON: AtomicBool = AtomicBool::new(false);

/// How many bytes of each text are told as JSON: the first number with which the line is not too long. A line of JSON that is cut
/// could not be read.
const SHARES: [usize; 4] = [usize::MAX, 8 * 1024, 512, 32];

/// From now on lines are JSON, or text.
pub(super) fn set_json(is_json: bool) {
    IS_JSON.store(is_json, Ordering::Relaxed);
}

pub(super) fn is_json() -> bool {
    IS_JSON.load(Ordering::Relaxed)
}

/// What is told on one line.
#[derive(Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) level: Level,
    pub(super) target: &'a str,
    /// The request that it happened in.
    pub(super) request: Option<&'a Id>,
    /// The spans that it happened in, the outermost first.
    pub(super) spans: &'a [Named],
    pub(super) message: &'a str,
    pub(super) fields: &'a [Field],
}

/// What the log says of itself.
pub(super) fn notice(message: &str) -> String {
    if !is_json() {
        return format!("({message})\n");
    }
    own(Level::WARN, message).json()
}

/// A line of this crate's, which belongs to no request.
pub(super) fn own(level: Level, message: &str) -> Line<'_> {
    Line { level, target: "mcp_runtime", request: None, spans: &[], message, fields: &[] }
}

/// The name of a span, and its fields.
pub(super) struct Named {
    pub(super) name: &'static str,
    pub(super) fields: Vec<Field>,
}

impl Line<'_> {
    /// The line, with its end.
    pub(super) fn written(&self) -> String {
        if is_json() { self.json() } else { self.text() }
    }

    /// `2026-11-28T12:00:00.000000Z  WARN request{id=7}:span{field=1}: target: message field="text"`.
    fn text(&self) -> String {
        let mut line = format!("{} {:>5} ", Timestamp(SystemTime::now()), self.level.as_str());
        if let Some(id) = self.request {
            push(&mut line, format_args!("request{{id={id}}}:"));
        }
        for span in self.spans {
            line.push_str(span.name);
            if !span.fields.is_empty() {
                line.push('{');
                push_fields(&mut line, &span.fields);
                line.push('}');
            }
            line.push(':');
        }
        let space = if line.ends_with(':') { " " } else { "" };
        push(&mut line, format_args!("{space}{}:", self.target));
        if !self.message.is_empty() {
            push(&mut line, format_args!(" {}", self.message));
        }
        if !self.fields.is_empty() {
            line.push(' ');
            push_fields(&mut line, self.fields);
        }
        let mut line = one_line(&line).into_owned();
        line.push('\n');
        line
    }

    /// An object, as long as a line may be.
    fn json(&self) -> String {
        for share in SHARES {
            let line = self.json_with(share);
            if line.len() <= stderr::LONGEST {
                return line;
            }
        }
        // There are so many fields and spans that not even the beginnings fit.
        Self { spans: &[], fields: &[], ..*self }.json_with(SHARES[2])
    }

    fn json_with(&self, share: usize) -> String {
        let mut line = format!(
            r#"{{"timestamp":"{}","level":"{}","target":{},"message":{}"#,
            Timestamp(SystemTime::now()),
            self.level.as_str(),
            string(self.target, share),
            string(self.message, share)
        );
        if let Some(id) = self.request {
            // Always text: an index of logs wants one type for one field, and clients choose the type of their ids.
            let id = if let Id::String(text) = id { Cow::Borrowed(&**text) } else { id.to_string().into() };
            push(&mut line, format_args!(r#","request_id":{}"#, string(&id, share)));
        }
        if !self.fields.is_empty() {
            line.push_str(r#","fields":"#);
            push_members(&mut line, self.fields, share);
        }
        if !self.spans.is_empty() {
            line.push_str(r#","spans":["#);
            for (at, span) in self.spans.iter().enumerate() {
                let comma = if at > 0 { "," } else { "" };
                push(&mut line, format_args!(r#"{comma}{{"name":{},"fields":"#, string(span.name, share)));
                push_members(&mut line, &span.fields, share);
                line.push('}');
            }
            line.push(']');
        }
        line.push('}');
        let mut line = json_line(&line).into_owned();
        line.push('\n');
        line
    }
}

fn push(line: &mut String, text: std::fmt::Arguments<'_>) {
    // A `String` takes all that is written.
    let _ = line.write_fmt(text);
}

fn push_fields(line: &mut String, fields: &[Field]) {
    for (at, field) in fields.iter().enumerate() {
        let space = if at > 0 { " " } else { "" };
        push(line, format_args!("{space}{}=", field.name));
        match &field.value {
            Value::String(text) if field.is_text => push(line, format_args!("{text:?}")),
            value => line.push_str(&plain(value)),
        }
    }
}

fn push_members(line: &mut String, fields: &[Field], share: usize) {
    line.push('{');
    for (at, field) in fields.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let value = match &field.value {
            Value::String(text) => string(text, share),
            value => json_text::value(value),
        };
        push(line, format_args!("{comma}{}:{value}", string(field.name, share)));
    }
    line.push('}');
}

/// A value as text without quotes.
pub(super) fn plain(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => text.into(),
        other => json_text::value(other).into(),
    }
}

/// A text as a JSON string; of one that is longer than its share the first bytes, and how many are left.
fn string(text: &str, share: usize) -> String {
    if text.len() <= share {
        return json_text::string(text);
    }
    let end = (0..=share).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
    json_text::string(&format!("{}… ({} more bytes)", &text[..end], text.len() - end))
}
