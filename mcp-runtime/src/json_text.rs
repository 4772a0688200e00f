//! JSON as text.
//!
//! `Display` of a [`Value`] has serializers of its own, compact and pretty. These functions use the one that
//! everything else is written with.

use serde_json::Value;

/// A value as text.
pub(crate) fn value(value: &Value) -> String {
    // A tree always serializes: its keys are text.
    serde_json::to_string(value).unwrap_or_default()
}

/// A text as a JSON string, quoted and escaped.
pub(crate) fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_default()
}
