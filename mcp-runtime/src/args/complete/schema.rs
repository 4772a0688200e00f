//! Types that complete themselves.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::{Completer, Kind};
use crate::output::Probe;

/// Types that complete themselves: those whose schema lists their values.
pub trait CompleteBySchema {
    /// A completer over the values.
    fn completer(&self) -> Completer;
}

/// All others.
pub trait CompleteByNothing {
    /// No completer.
    fn completer(&self) -> Completer;
}

impl<T: JsonSchema> CompleteBySchema for &Probe<T> {
    fn completer(&self) -> Completer {
        // The values stand in the schema itself: of an `Option` they would be in a definition.
        let mut generator =
            SchemaSettings::default().with(|settings| settings.inline_subschemas = true).into_generator();
        let schema = T::json_schema(&mut generator);
        let values = listed(schema.as_value());
        Completer(if values.is_empty() { Kind::None } else { Kind::Values(values.into()) })
    }
}

impl<T> CompleteByNothing for Probe<T> {
    fn completer(&self) -> Completer {
        Completer(Kind::None)
    }
}

/// The strings that a schema lists as its only values; `true` and `false` for booleans.
fn listed(schema: &Value) -> Vec<String> {
    if let Some(Value::String(only)) = schema.get("const") {
        return vec![only.clone()];
    }
    let is_boolean = |kind: &Value| match kind {
        // Of an `Option`, beside `null`.
        Value::Array(kinds) => kinds.iter().any(|kind| kind == "boolean"),
        kind => kind == "boolean",
    };
    if schema.get("type").is_some_and(is_boolean) {
        return vec!["true".to_owned(), "false".to_owned()];
    }
    if let Some(Value::Array(values)) = schema.get("enum") {
        return values.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    }
    let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    alternatives.into_iter().flatten().flat_map(listed).collect()
}
