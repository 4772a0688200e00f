//! Arguments that go into headers too (2026-07-28, `basic/transports/streamable-http`, "Custom Headers from Tool Parameters").

use std::borrow::Cow;
use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::result::member;

const KEY: &str = "x-mcp-header";

/// Members of a schema that hold data, in which a key of this name means nothing.
const DATA: [&str; 5] = ["const", "default", "enum", "example", "examples"];

/// Which arguments of a tool go into headers.
#[derive(Clone, Debug, Default)]
pub(super) struct Mirror {
    params: Vec<Mirrored>,
}

#[derive(Clone, Debug)]
struct Mirrored {
    /// The names of the members that lead to it.
    path: Vec<String>,
    /// The whole header's name.
    header: String,
}

impl Mirror {
    /// Reads the annotations in an input schema.
    ///
    /// # Errors
    /// Why a client must not use the tool.
    pub(super) fn read(schema: &str) -> Result<Self, String> {
        // Most tools have none, and need not be parsed.
        if !schema.contains(KEY) && !schema.contains('\\') {
            return Ok(Self::default());
        }
        let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
        let mut reading = Reading { params: Vec::new(), names: BTreeSet::new() };
        if let Some(root) = schema.as_object() {
            reading.walk(root, Some(&mut Vec::new()))?;
        }
        Ok(Self { params: reading.params })
    }

    /// The headers for these arguments: names and values.
    pub(super) fn headers(&self, arguments: &str) -> Vec<(&str, String)> {
        self.params
            .iter()
            .filter_map(|param| Some((&*param.header, value(argument(arguments, &param.path)?)?)))
            .collect()
    }
}

struct Reading {
    params: Vec<Mirrored>,
    names: BTreeSet<String>,
}

impl Reading {
    /// Looks at a schema. `path` leads to it, unless there is no way of `properties` alone.
    fn walk(&mut self, schema: &Map<String, Value>, mut path: Option<&mut Vec<String>>) -> Result<(), String> {
        if let Some(name) = schema.get(KEY) {
            self.note(schema, name, path.as_deref())?;
        }
        for (key, value) in schema.iter().filter(|(key, _)| !DATA.contains(&key.as_str()) && *key != KEY) {
            match (&**key, value) {
                ("properties", Value::Object(properties)) => {
                    for (name, property) in properties {
                        let Value::Object(property) = property else { continue };
                        match &mut path {
                            Some(path) => {
                                path.push(name.clone());
                                self.walk(property, Some(path))?;
                                path.pop();
                            }
                            None => self.walk(property, None)?,
                        }
                    }
                }
                // Names to schemas.
                ("$defs" | "definitions" | "patternProperties" | "dependentSchemas", Value::Object(schemas)) => {
                    for schema in schemas.values().filter_map(Value::as_object) {
                        self.walk(schema, None)?;
                    }
                }
                (_, Value::Object(schema)) => self.walk(schema, None)?,
                (_, Value::Array(schemas)) => {
                    for schema in schemas.iter().filter_map(Value::as_object) {
                        self.walk(schema, None)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn note(&mut self, schema: &Map<String, Value>, name: &Value, path: Option<&Vec<String>>) -> Result<(), String> {
        let Some(name) = name.as_str() else { return Err(format!("`{KEY}` is {name}, and should be a text")) };
        if name.is_empty() || !name.bytes().all(is_token) {
            return Err(format!("`{KEY}` is {name:?}, which is not the name of a header"));
        }
        let kind = schema.get("type").and_then(Value::as_str).unwrap_or("of no type");
        if !["string", "integer", "boolean"].contains(&kind) {
            return Err(format!("`{KEY}: {name}` is on a parameter that is {kind}"));
        }
        let Some(path) = path.filter(|path| !path.is_empty()) else {
            return Err(format!("`{KEY}: {name}` is where a call does not always have a value"));
        };
        if !self.names.insert(name.to_ascii_lowercase()) {
            return Err(format!("`{KEY}: {name}` is there twice"));
        }
        self.params.push(Mirrored { path: path.clone(), header: format!("mcp-param-{}", name.to_ascii_lowercase()) });
        Ok(())
    }
}

/// The characters of a header's name (RFC 9110, 5.6.2).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn argument<'a>(arguments: &'a str, path: &[String]) -> Option<&'a str> {
    path.iter().try_fold(arguments, |json, name| member(json, name))
}

/// An argument as a header's value; none for `null`, and for what should not be in one.
fn value(json: &str) -> Option<String> {
    match json.as_bytes().first()? {
        b'"' => Some(encode(&serde_json::from_str::<Cow<'_, str>>(json).ok()?).into_owned()),
        b't' | b'f' | b'-' | b'0'..=b'9' => Some(json.to_owned()),
        _ => None,
    }
}

/// A text as a header's value: as it is where that is safe, and else in Base64 ("Value Encoding").
pub(super) fn encode(text: &str) -> Cow<'_, str> {
    let is_wrapped = text.starts_with("=?base64?") && text.ends_with("?=");
    let is_plain =
        text.bytes().all(|byte| matches!(byte, b' '..=b'~')) && text.trim_matches(' ') == text && !is_wrapped;
    if is_plain { Cow::Borrowed(text) } else { Cow::Owned(format!("=?base64?{}?=", STANDARD.encode(text))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(property: &str) -> String {
        format!(r#"{{"type":"object","properties":{{"a":{property}}}}}"#)
    }

    #[test]
    fn arguments_that_are_annotated_go_into_headers() {
        let schema = r#"{"properties":{"region":{"type":"string","x-mcp-header":"Region"},
            "deep":{"properties":{"n":{"type":"integer","x-mcp-header":"N"}}},
            "on":{"type":"boolean","x-mcp-header":"On"},"other":{"type":"string"}}}"#;
        let mirror = Mirror::read(schema).expect("good annotations");
        let headers = mirror.headers(r#"{"region":"é","deep":{"n":-7},"on":null,"other":"x"}"#);
        assert_eq!(headers, [("mcp-param-n", "-7".to_owned()), ("mcp-param-region", "=?base64?w6k=?=".to_owned())]);
        assert!(mirror.headers("{}").is_empty());
    }

    #[test]
    fn annotations_that_are_not_allowed_are_named() {
        for (property, word) in [
            (r#"{"type":"string","x-mcp-header":""}"#, "not the name of a header"),
            (r#"{"type":"string","x-mcp-header":"a b"}"#, "not the name of a header"),
            (r#"{"type":"string","x-mcp-header":7}"#, "should be a text"),
            (r#"{"type":"number","x-mcp-header":"N"}"#, "number"),
            (r#"{"x-mcp-header":"N"}"#, "of no type"),
            (r#"{"type":"array","items":{"type":"string","x-mcp-header":"N"}}"#, "always"),
            (r#"{"anyOf":[{"type":"string","x-mcp-header":"N"}]}"#, "always"),
            (
                r#"{"properties":{"b":{"type":"string","x-mcp-header":"N"},"c":{"type":"string","x-mcp-header":"n"}}}"#,
                "twice",
            ),
        ] {
            let why = Mirror::read(&schema(property)).expect_err(property);
            assert!(why.contains(word), "{property}: {why}");
        }
        let data = schema(r#"{"type":"object","default":{"x-mcp-header":7},"enum":[{"x-mcp-header":""}]}"#);
        assert!(Mirror::read(&data).is_ok());
    }

    #[test]
    fn values_that_are_not_plain_are_encoded() {
        for (text, value) in [
            ("plain text", "plain text"),
            ("", ""),
            (" a", "=?base64?IGE=?="),
            ("a\tb", "=?base64?YQli?="),
            ("=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="),
        ] {
            assert_eq!(encode(text), value);
        }
    }
}
