//! The rules of those who read schemas.

use serde_json::Value;

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

/// What holds for the root of a tool's arguments: Anthropic's and OpenAI's APIs answer 400 to anything else.
#[track_caller]
pub fn at_root(schema: &Value) {
    assert_eq!(schema["type"], "object", "{schema}");
    let properties = schema["properties"].as_object().unwrap_or_else(|| panic!("no properties: {schema}"));
    for name in properties.keys() {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        assert!((1..=64).contains(&name.len()) && name.bytes().all(known), "{name}: {schema}");
    }
    for refused in ["oneOf", "anyOf", "allOf", "not", "enum", "const", "$ref"] {
        assert_eq!(schema.get(refused), None, "{refused} at the root: {schema}");
    }
}

/// What holds for every schema within one.
#[track_caller]
pub fn everywhere(root: &Value) {
    walk(root, root);
}

#[track_caller]
fn walk(schema: &Value, root: &Value) {
    // The TypeScript SDK and Gemini: a schema is an object.
    let members = schema.as_object().unwrap_or_else(|| panic!("a bare boolean: {root}"));
    // VS Code, OpenAI, Gemini: an array says what is in it.
    let kinds = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    assert!(!kinds.contains(&"array") || schema["items"].is_object(), "an array without items: {schema} in {root}");
    // Ajv in strict mode, Gemini: no formats but those that are defined.
    if let Some(format) = schema.get("format") {
        assert!(FORMATS.iter().any(|known| format == known), "{format}: {root}");
    }
    // A reference leads somewhere, and never to what the schema stands in.
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        let pointer = reference.strip_prefix('#').unwrap_or_else(|| panic!("{reference}: {root}"));
        assert!(!pointer.is_empty() && root.pointer(&decoded(pointer)).is_some(), "{reference}: {root}");
    }
    for (keyword, value) in members {
        match (keyword.as_str(), value) {
            ("properties" | "patternProperties" | "$defs" | "dependentSchemas", Value::Object(schemas)) => {
                schemas.values().for_each(|schema| walk(schema, root));
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter().for_each(|schema| walk(schema, root));
            }
            ("additionalProperties" | "unevaluatedProperties", Value::Bool(_)) => {}
            (
                "items" | "not" | "contains" | "propertyNames" | "additionalProperties" | "unevaluatedProperties",
                inner,
            ) => {
                walk(inner, root);
            }
            _ => {}
        }
    }
}

/// A fragment's text without its percent escapes.
pub fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = fragment.as_bytes();
    while let [first, tail @ ..] = rest {
        let escape = tail.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match escape.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8(bytes).expect("a reference is text")
}
