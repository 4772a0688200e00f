//! From `key=value` on the command line to a tool's arguments.

use serde_json::{Map, Value};

use super::client::Failure;

/// Reads a JSON object.
pub(super) fn object(json: &str) -> Result<Map<String, Value>, Failure> {
    serde_json::from_str(json).map_err(|error| Failure::new(format!("--json wants a JSON object: {error}")))
}

/// The arguments, each read as the tool's schema wants it. A key given several times is a list.
pub(super) fn for_tool(pairs: &[(String, String)], tool: &Value) -> Map<String, Value> {
    let mut arguments = Map::new();
    for (key, text) in pairs {
        let schema = &tool["inputSchema"]["properties"][key];
        let value = if wants(schema, "array") && !text.trim_start().starts_with('[') {
            let mut items = match arguments.remove(key) {
                Some(Value::Array(items)) => items,
                _ => Vec::new(),
            };
            items.push(read(text, &schema["items"]));
            Value::Array(items)
        } else {
            read(text, schema)
        };
        arguments.insert(key.clone(), value);
    }
    arguments
}

/// Text where the schema takes text and the value is no better as something else; JSON otherwise.
fn read(text: &str, schema: &Value) -> Value {
    let as_text = || Value::from(text);
    if wants(schema, "string") && !(wants(schema, "null") && text == "null") {
        return as_text();
    }
    serde_json::from_str(text).unwrap_or_else(|_| as_text())
}

fn wants(schema: &Value, kind: &str) -> bool {
    match &schema["type"] {
        Value::String(one) => one == kind,
        Value::Array(several) => several.iter().any(|one| one == kind),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn values_become_what_the_schema_wants() {
        let tool = json!({ "inputSchema": { "properties": {
            "n": { "type": "integer" },
            "text": { "type": "string" },
            "maybe": { "type": ["string", "null"] },
            "list": { "type": "array", "items": { "type": "integer" } },
            "any": {},
        } } });
        let pairs = [("n", "2"), ("text", "2"), ("maybe", "null"), ("list", "1"), ("list", "2"), ("any", "{\"a\":1}")];
        let pairs: Vec<_> = pairs.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        let expected = json!({ "n": 2, "text": "2", "maybe": null, "list": [1, 2], "any": { "a": 1 } });
        assert_eq!(Value::Object(for_tool(&pairs, &tool)), expected);
    }
}
