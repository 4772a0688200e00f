//! The patterns in a schema, of types that have some: clients must be able to read them.

use serde_json::Value;

use super::keywords::within;
use crate::args::pattern_fault;
use crate::json_text::members;

/// What is wrong with the patterns of a schema, each with its place.
pub(super) fn faults(schema: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if schema.contains("attern") {
        walk(&serde_json::from_str(schema).unwrap_or_default(), &mut String::new(), &mut faults);
    }
    faults
}

/// Looks at a schema and all within.
fn walk(schema: &Value, place: &mut String, faults: &mut Vec<String>) {
    let Value::Object(object) = schema else { return };
    for (key, member) in members(Some(object)) {
        let patterns: Vec<&str> = match (key.as_str(), member) {
            ("pattern", Value::String(pattern)) => vec![pattern],
            ("patternProperties", Value::Object(schemas)) => {
                members(Some(schemas)).map(|(pattern, _)| pattern.as_str()).collect()
            }
            _ => Vec::new(),
        };
        for pattern in patterns {
            if let Some(why) = pattern_fault(pattern) {
                let place = format!("{place}/{key}");
                faults.push(format!(
                    "the pattern `{pattern}` at `{place}` of its schema can't be read by clients: {why}"
                ));
            }
        }
        for (step, schema) in within(key, member) {
            let length = place.len();
            place.push_str(&step);
            walk(schema, place, faults);
            place.truncate(length);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn patterns_are_found_wherever_a_schema_is_and_nowhere_else() {
        let bad = json!({ "type": "string", "pattern": "(?i)a" });
        let schema = json!({
            "properties": { "a": bad, "pattern": { "pattern": "^(?=.*\\p{L})" }, "b": { "items": bad } },
            "$defs": { "T": { "anyOf": [{}, bad], "patternProperties": { "\\Ax": {} } } },
            "additionalProperties": bad,
            "default": bad,
            "examples": [bad],
            "enum": [bad],
        });
        let found = faults(&schema.to_string());
        let places: Vec<&str> = found.iter().filter_map(|fault| fault.split('`').nth(3)).collect();
        assert_eq!(
            places,
            [
                "/$defs/T/anyOf/1/pattern",
                "/$defs/T/patternProperties",
                "/additionalProperties/pattern",
                "/properties/a/pattern",
                "/properties/b/items/pattern",
            ]
        );
    }
}
