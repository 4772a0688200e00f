//! JSON as text, and small trees of it.
//!
//! `Display` of a [`Value`] has serializers of its own, compact and pretty. These functions use the one that
//! everything else is written with.

use serde_json::{Map, Value};

/// A value as text.
pub(crate) fn value(value: &Value) -> String {
    // A tree always serializes: its keys are text.
    serde_json::to_string(value).unwrap_or_default()
}

/// An object with these members. A function, because `json!` writes all of this where it is used.
#[inline(never)]
pub(crate) fn object(members: Vec<(&str, Value)>) -> Value {
    let mut object = Map::new();
    for (name, value) in members {
        object.insert(name.to_owned(), value);
    }
    object.into()
}

/// A text as a JSON string, quoted and escaped.
pub(crate) fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
