//! Items that must all be different.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt::Write as _;

use mcp_proto::wire::{Cursor, JsonKind, Member};
use serde_json::Value;

use super::number;
use crate::args::constraint::Num;
use crate::order::sorted;

/// The items of a list that were seen.
#[derive(Default)]
pub(super) struct Seen<'a>(HashSet<Cow<'a, str>>);

impl<'a> Seen<'a> {
    /// Notes an item. Whether it is a new one.
    pub(super) fn insert(&mut self, item: Member<'a>) -> bool {
        self.0.insert(canonical(item))
    }
}

/// The JSON of a value such that equal values have equal texts. Mostly it is the JSON that was given.
fn canonical(item: Member<'_>) -> Cow<'_, str> {
    let json = item.json();
    match Cursor::new(json).kind() {
        Some(JsonKind::String) if item.plain().is_some() => json.into(),
        Some(JsonKind::Null | JsonKind::Bool) | None => json.into(),
        Some(JsonKind::Number) if json.len() < 30 && json.bytes().all(|byte| byte.is_ascii_digit()) => json.into(),
        Some(_) => match serde_json::from_str::<Value>(json) {
            Ok(value) => {
                let mut text = String::with_capacity(json.len());
                write(&value, &mut text);
                text.into()
            }
            Err(_) => json.into(),
        },
    }
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Number(number) => {
            let json = number.to_string();
            match number::parse(&json) {
                Some(Num::Int(number)) => drop(write!(text, "{number}")),
                _ => text.push_str(&json),
            }
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        Value::Object(members) => {
            text.push('{');
            for (name, value) in sorted(members.iter().collect(), &|a, b| a.0.cmp(b.0)) {
                text.push_str(&crate::json_text::string(name));
                text.push(':');
                write(value, text);
                text.push(',');
            }
            text.push('}');
        }
        scalar => text.push_str(&crate::json_text::value(scalar)),
    }
}
