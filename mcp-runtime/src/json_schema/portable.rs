//! The same schema, in words that everybody takes.

use serde_json::{Map, Value, json};

use super::for_each_inner;
use crate::json_text::{self, member};

/// The formats that JSON Schema defines (2020-12, validation, 7.3). Validators warn of others, and some APIs refuse them.
const FORMATS: [&str; 19] = [
    "date-time",
    "date",
    "time",
    "duration",
    "email",
    "idn-email",
    "hostname",
    "idn-hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uuid",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
];

/// Rewrites a schema, and all within it:
///
/// * `true` becomes `{}`, and `false` `{"not": {}}`: the TypeScript SDK takes only objects as schemas. Where `false` closes
///   an object (`additionalProperties`) it stays, which everybody knows.
/// * Each array has `items`: VS Code, OpenAI and Gemini refuse one that has not. Those of a tuple are any of its elements,
///   whose number `minItems` and `maxItems` bound already.
/// * Formats that JSON Schema does not define go.
pub(crate) fn portable(schema: &mut Map<String, Value>) {
    if member(schema, "format").and_then(Value::as_str).is_some_and(|format| !FORMATS.contains(&format)) {
        schema.remove("format");
    }
    for_each_inner(schema, &mut |keyword, inner| {
        if let Value::Bool(yes) = *inner
            && !matches!(keyword, "additionalProperties" | "unevaluatedProperties")
        {
            *inner = if yes { json!({}) } else { json!({ "not": {} }) };
        }
        if let Value::Object(inner) = inner {
            portable(inner);
        }
    });
    let is_array = match member(schema, "type") {
        Some(Value::String(kind)) => kind == "array",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "array"),
        _ => member(schema, "prefixItems").is_some(),
    };
    // What `"items": false` says of a tuple, and `"unevaluatedItems": false` too, where there are no `items`.
    let keyword = if member(schema, "items").is_some() { "items" } else { "unevaluatedItems" };
    let is_closed = member(schema, keyword).is_some_and(|items| *items == json!({ "not": {} }));
    if is_array && (is_closed || member(schema, "items").is_none()) {
        let elements = member(schema, "prefixItems").and_then(Value::as_array).cloned().unwrap_or_default();
        let most = member(schema, "maxItems").and_then(Value::as_u64);
        let length = elements.len() as u64;
        if is_closed {
            schema.remove(keyword);
            schema.insert("maxItems".to_owned(), most.map_or(length, |most| most.min(length)).into());
        }
        // Behind the elements of an array without an end there may be anything.
        let ends = is_closed || most.is_some_and(|most| most <= length);
        schema.insert("items".to_owned(), if ends { any_of(elements) } else { json!({}) });
    }
}

/// A schema for whatever fits one of them; for anything where there is none.
pub(super) fn any_of(schemas: Vec<Value>) -> Value {
    let mut distinct: Vec<Value> = Vec::new();
    for schema in schemas {
        if schema == true || schema == json!({}) {
            return json!({});
        }
        if !distinct.contains(&schema) {
            distinct.push(schema);
        }
    }
    match distinct.len() {
        0 => json!({}),
        1 => distinct.remove(0),
        // `json!` would serialize the list into a tree.
        _ => json_text::object(vec![("anyOf", distinct.into())]),
    }
}

/// Whether the APIs of models take an argument of this name.
pub(crate) fn is_argument_name(name: &str) -> bool {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    (1..=64).contains(&name.len()) && name.bytes().all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: Value, after: Value) {
        let Value::Object(mut schema) = before else { unreachable!("a schema") };
        portable(&mut schema);
        assert_eq!(Value::Object(schema), after);
    }

    #[test]
    fn bare_booleans_become_objects_wherever_a_schema_stands() {
        check(
            json!({ "properties": { "a": true, "b": false }, "items": true, "anyOf": [true, { "not": true }],
                "additionalProperties": false, "$defs": { "D": { "additionalProperties": { "items": true } } } }),
            json!({ "properties": { "a": {}, "b": { "not": {} } }, "items": {}, "anyOf": [{}, { "not": {} }],
                "additionalProperties": false, "$defs": { "D": { "additionalProperties": { "items": {} } } } }),
        );
    }

    #[test]
    fn data_is_left_alone() {
        let data = json!({ "format": "float", "items": true, "prefixItems": [], "type": "array" });
        let schema = json!({ "default": data, "examples": [data], "enum": [data], "const": data,
            "properties": { "default": { "default": data }, "format": {} } });
        check(schema.clone(), schema);
    }

    #[test]
    fn formats_that_json_schema_lacks_go() {
        check(
            json!({ "properties": { "a": { "type": "integer", "format": "uint8" }, "b": { "type": "string", "format": "ip" },
                "c": { "type": "string", "format": "date-time" } } }),
            json!({ "properties": { "a": { "type": "integer" }, "b": { "type": "string" },
                "c": { "type": "string", "format": "date-time" } } }),
        );
    }

    #[test]
    fn every_array_says_what_is_in_it() {
        let tuple = |items: Value| json!({ "type": "array", "prefixItems": items, "minItems": 2, "maxItems": 2 });
        let mut same = tuple(json!([{ "type": "number" }, { "type": "number" }]));
        let before = same.clone();
        same["items"] = json!({ "type": "number" });
        check(json!({ "items": before, "type": "array" }), json!({ "items": same, "type": "array" }));
        let mut mixed = tuple(json!([{ "type": "number" }, { "type": "string" }]));
        let before = mixed.clone();
        mixed["items"] = json!({ "anyOf": [{ "type": "number" }, { "type": "string" }] });
        check(before, mixed);
        check(json!({ "type": ["array", "null"] }), json!({ "type": ["array", "null"], "items": {} }));
        check(
            json!({ "type": "array", "prefixItems": [{ "type": "null" }], "items": false }),
            json!({ "type": "array", "prefixItems": [{ "type": "null" }], "items": { "type": "null" }, "maxItems": 1 }),
        );
    }

    #[test]
    fn what_comes_behind_a_tuple_stays_as_free_as_it_was() {
        let prefix = json!([{ "type": "number" }, { "type": "string" }]);
        check(
            json!({ "type": "array", "prefixItems": prefix, "maxItems": 5 }),
            json!({ "type": "array", "prefixItems": prefix, "maxItems": 5, "items": {} }),
        );
        for keyword in ["items", "unevaluatedItems"] {
            check(
                json!({ "type": "array", "prefixItems": prefix, "maxItems": 5, keyword: false }),
                json!({ "type": "array", "prefixItems": prefix, "maxItems": 2,
                    "items": { "anyOf": [{ "type": "number" }, { "type": "string" }] } }),
            );
        }
        check(
            json!({ "type": "array", "prefixItems": [{ "type": "number" }, true], "maxItems": 2 }),
            json!({ "type": "array", "prefixItems": [{ "type": "number" }, {}], "maxItems": 2, "items": {} }),
        );
    }
}
