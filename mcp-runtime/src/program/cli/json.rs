//! JSON from a server, with the members of objects in the order in which they were sent.

use std::fmt::{self, Write as _};
use std::ops::Index;

use mcp_proto::wire::{Cursor, JsonKind};
use serde_json::{Map, Number, Value};

/// A JSON value. Members of objects keep their order: it is the order in which authors want them read.
#[derive(Debug, Default, PartialEq)]
pub(super) enum Json {
    #[default]
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

pub(super) use crate::json_text::object;

static NULL: Json = Json::Null;

/// How deep JSON may be nested that is read.
const DEEPEST: usize = 128;

impl Json {
    /// Reads JSON; `null` stands for what cannot be read.
    pub(super) fn parse(json: &str) -> Self {
        let mut cursor = Cursor::new(json);
        let read = read(&mut cursor, DEEPEST);
        let is_all = json.get(cursor.at()..).is_some_and(|rest| rest.trim_ascii().is_empty());
        read.filter(|_| is_all).unwrap_or_default()
    }

    /// A member of an object.
    #[inline(never)] // As others here that are called in a hundred places.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(member, _)| member == name).map(|(_, value)| value)
    }

    /// The members of an object; none of anything else.
    pub(super) fn members(&self) -> &[(String, Self)] {
        match self {
            Self::Object(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub(super) fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// A text; empty for anything else.
    pub(super) fn text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            _ => "",
        }
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) fn number(&self) -> Option<&Number> {
        match self {
            Self::Number(number) => Some(number),
            _ => None,
        }
    }

    pub(super) fn whole(&self) -> Option<u64> {
        self.number().and_then(Number::as_u64)
    }

    /// As the value that requests are made of.
    pub(super) fn to_value(&self) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(flag) => (*flag).into(),
            Self::Number(number) => number.clone().into(),
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => {
                // One by one: to collect a map takes a sort, which is ten kilobytes of code.
                let mut object = Map::new();
                for (name, value) in members {
                    object.insert(name.clone(), value.to_value());
                }
                object.into()
            }
        }
    }
}

impl Clone for Json {
    #[inline(never)] // The derived one is inlined.
    fn clone(&self) -> Self {
        match self {
            Self::Null => Self::Null,
            Self::Bool(flag) => Self::Bool(*flag),
            Self::Number(number) => Self::Number(number.clone()),
            Self::Text(text) => Self::Text(text.clone()),
            Self::List(items) => Self::List(items.clone()),
            Self::Object(members) => Self::Object(members.clone()),
        }
    }
}

impl Index<&str> for Json {
    type Output = Self;

    /// A member of an object; `null` where there is none.
    #[inline(never)]
    fn index(&self, name: &str) -> &Self {
        self.get(name).unwrap_or(&NULL)
    }
}

/// JSON on one line.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| serde_json::to_string(text).unwrap_or_default();
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(flag) => flag.fmt(f),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::List(items) => {
                f.write_char('[')?;
                for (at, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", if at == 0 { "" } else { "," })?;
                }
                f.write_char(']')
            }
            Self::Object(members) => {
                f.write_char('{')?;
                for (at, (name, value)) in members.iter().enumerate() {
                    write!(f, "{}{}:{value}", if at == 0 { "" } else { "," }, quoted(name))?;
                }
                f.write_char('}')
            }
        }
    }
}

/// Reads a value. By the cursor that the protocol is read by: a deserializer is as much code again.
fn read(cursor: &mut Cursor<'_>, depth: usize) -> Option<Json> {
    match cursor.kind()? {
        JsonKind::Object if depth > 0 => {
            let mut members = Vec::new();
            let mut more = cursor.enter_object().ok()?;
            while more {
                let name = cursor.name().ok()?.text()?.into_owned();
                members.push((name, read(cursor, depth - 1)?));
                more = cursor.more_members().ok()?;
            }
            Some(Json::Object(members))
        }
        JsonKind::Array if depth > 0 => {
            let mut items = Vec::new();
            let mut more = cursor.enter_array().ok()?;
            while more {
                items.push(read(cursor, depth - 1)?);
                more = cursor.more_items().ok()?;
            }
            Some(Json::List(items))
        }
        JsonKind::Object | JsonKind::Array => None,
        JsonKind::Null | JsonKind::Bool | JsonKind::Number | JsonKind::String => {
            let value = cursor.value().ok()?;
            match value.json() {
                "null" => Some(Json::Null),
                "true" => Some(Json::Bool(true)),
                "false" => Some(Json::Bool(false)),
                text if text.starts_with('"') => Some(Json::Text(value.text()?.into_owned())),
                digits => number(digits).map(Json::Number),
            }
        }
    }
}

/// A number of 64 bits; none beyond them.
fn number(digits: &str) -> Option<Number> {
    if let Ok(whole) = digits.parse::<u64>() {
        return Some(whole.into());
    }
    match digits.parse::<i64>() {
        Ok(whole) => Some(whole.into()),
        Err(_) => Number::from_f64(serde_json::from_str(digits).ok()?),
    }
}

/// The same JSON over several lines, for people. It is laid out as it is written, so that numbers and the order of members
/// stay, however deep it is.
pub(super) fn pretty(json: &str) -> String {
    lay_out(json, true)
}

/// The same JSON on one line.
pub(super) fn on_one_line(json: &str) -> String {
    lay_out(json, false)
}

fn lay_out(json: &str, over_lines: bool) -> String {
    let mut out = String::with_capacity(json.len());
    let mut depth = 0_usize;
    let mut rest = json.trim_start();
    while let Some(first) = rest.chars().next() {
        let end = match first {
            '"' => end_of_string(rest),
            _ => first.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        rest = after.trim_start();
        let line = |out: &mut String, depth: usize| {
            if over_lines {
                out.push('\n');
                out.extend(std::iter::repeat_n("  ", depth));
            }
        };
        match first {
            '{' | '[' => {
                out.push(first);
                // Nothing inside stays on its line.
                if !rest.starts_with(['}', ']']) {
                    depth += 1;
                    line(&mut out, depth);
                } else if let Some(close) = rest.chars().next() {
                    out.push(close);
                    rest = rest[1..].trim_start();
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(first);
            }
            ',' => {
                out.push(first);
                line(&mut out, depth);
            }
            ':' => out.push_str(if over_lines { ": " } else { ":" }),
            _ => out.push_str(token),
        }
    }
    out
}

/// Where the string ends that `json` begins with.
fn end_of_string(json: &str) -> usize {
    let mut escaped = false;
    for (at, byte) in json.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    json.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order() {
        let text = r#"{"b":1,"a":[true,null,{"z":"\"","y":-2.5}],"c":{}}"#;
        assert_eq!(Json::parse(text).to_string(), text);
    }

    #[test]
    fn what_cannot_be_read_is_null() {
        for json in ["", "1 2", "[1,]", r#"{"a":"\ud800"}"#, "1e999", &"[".repeat(200)] {
            assert!(Json::parse(json).is_null(), "{json}");
        }
        assert!(Json::parse(&format!("{}{}", "[".repeat(200), "]".repeat(200))).is_null());
        for (json, read) in [(" [1.50] ", "[1.5]"), ("-7", "-7"), ("18446744073709551615", "18446744073709551615")] {
            assert_eq!(Json::parse(json).to_string(), read);
        }
    }

    #[test]
    fn json_is_laid_out_as_it_was_written() {
        let text = "{ \"b\" : [1.00, {\"c d\":\"a, \\\"{b}\"}],\n\"a\":{ },\"e\":[] }";
        assert_eq!(on_one_line(text), r#"{"b":[1.00,{"c d":"a, \"{b}"}],"a":{},"e":[]}"#);
        let over_lines = [
            "{",
            "  \"b\": [",
            "    1.00,",
            "    {",
            "      \"c d\": \"a, \\\"{b}\"",
            "    }",
            "  ],",
            "  \"a\": {},",
            "  \"e\": []",
            "}",
        ];
        assert_eq!(pretty(text), over_lines.join("\n"));
        let deep = |depth| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(on_one_line(&deep(100_000)), deep(100_000));
        // Over lines it grows with the square of its depth.
        assert_eq!(on_one_line(&pretty(&deep(1000))), deep(1000));
    }
}
