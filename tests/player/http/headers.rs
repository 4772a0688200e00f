//! The headers of a message: which session it is of, or, where it stands alone, what its body says once more (2026-07-28,
//! `basic/transports/streamable-http`, "Request Metadata").

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mcp_proto::Version;
use serde_json::Value;

/// Names and values.
pub(super) type Headers = Vec<(String, String)>;

/// Those of a message in a session.
pub(super) fn of_session(id: &str, version: Version) -> Headers {
    let mut headers = vec![("Mcp-Session-Id".to_owned(), id.to_owned())];
    // Revisions before this one do not have it.
    if version >= Version::V2025_06_18 {
        headers.push(("MCP-Protocol-Version".to_owned(), version.as_str().to_owned()));
    }
    headers
}

/// The version that a message names for itself.
pub(super) fn named_version(message: &Value) -> Option<&str> {
    message["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"].as_str()
}

/// Those of a message that stands alone, as far as its body has what they say.
pub(super) fn of_request(message: &Value, mirrors: Option<&Mirrors>) -> Headers {
    let version = named_version(message).unwrap_or(Version::LATEST.as_str());
    let mut headers = vec![("MCP-Protocol-Version".to_owned(), version.to_owned())];
    let Some(method) = message["method"].as_str() else { return headers };
    headers.push(("Mcp-Method".to_owned(), method.to_owned()));
    let params = &message["params"];
    let name = match method {
        "tools/call" | "prompts/get" => params["name"].as_str(),
        "resources/read" => params["uri"].as_str(),
        _ => None,
    };
    headers.extend(name.map(|name| ("Mcp-Name".to_owned(), encode(name))));
    if let (Some(tool), Some(mirrors)) = (name.filter(|_| method == "tools/call"), mirrors) {
        headers.extend(mirrors.of_call(tool, &params["arguments"]));
    }
    headers
}

/// Which arguments of which tools are mirrored into headers.
#[derive(Default)]
pub(super) struct Mirrors(HashMap<String, Vec<Mirror>>);

/// A header, and the place of the argument that it says again.
struct Mirror {
    header: String,
    pointer: String,
}

impl Mirrors {
    /// Takes in a page of `tools/list`.
    pub(super) fn learn(&mut self, page: &Value) {
        for tool in page["tools"].as_array().into_iter().flatten() {
            let mut mirrors = Vec::new();
            find(&tool["inputSchema"], "", &mut mirrors);
            self.0.insert(tool["name"].as_str().unwrap_or_default().to_owned(), mirrors);
        }
    }

    fn of_call(&self, tool: &str, arguments: &Value) -> Headers {
        let mirrors = self.0.get(tool).into_iter().flatten();
        let shown = mirrors.filter_map(|Mirror { header, pointer }| {
            let value = match arguments.pointer(pointer)? {
                Value::String(text) => encode(text),
                value @ (Value::Number(_) | Value::Bool(_)) => value.to_string(),
                _ => return None,
            };
            Some((format!("Mcp-Param-{header}"), value))
        });
        shown.collect()
    }
}

/// Looks for `x-mcp-header` along chains of `properties`.
fn find(schema: &Value, pointer: &str, mirrors: &mut Vec<Mirror>) {
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let pointer = format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"));
        if let Some(header) = property["x-mcp-header"].as_str() {
            mirrors.push(Mirror { header: header.to_owned(), pointer: pointer.clone() });
        }
        find(property, &pointer, mirrors);
    }
}

/// As it is where a header can hold it, in Base64 where it cannot, or where it looks as if it were.
fn encode(text: &str) -> String {
    let visible = text.bytes().all(|byte| matches!(byte, b'\t' | b' '..=b'~'));
    let framed = text.starts_with([' ', '\t']) || text.ends_with([' ', '\t']);
    let looks_encoded = text.starts_with("=?base64?") && text.ends_with("?=");
    if visible && !framed && !looks_encoded {
        return text.to_owned();
    }
    format!("=?base64?{}?=", STANDARD.encode(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_encoded_as_in_the_specification() {
        for (value, header) in [
            ("us-west1", "us-west1"),
            ("Hello, 世界", "=?base64?SGVsbG8sIOS4lueVjA==?="),
            (" padded ", "=?base64?IHBhZGRlZCA=?="),
            ("line1\nline2", "=?base64?bGluZTEKbGluZTI=?="),
            ("=?base64?literal?=", "=?base64?PT9iYXNlNjQ/bGl0ZXJhbD89?="),
        ] {
            assert_eq!(encode(value), header);
        }
    }

    #[test]
    fn arguments_are_mirrored_from_where_they_stand() {
        let schema = json!({ "properties": { "a/b": { "properties": { "n": { "x-mcp-header": "N" } } },
            "on": { "x-mcp-header": "On" }, "gone": { "x-mcp-header": "Gone" } } });
        let mut mirrors = Mirrors::default();
        mirrors.learn(&json!({ "tools": [{ "name": "t", "inputSchema": schema }] }));
        let params = json!({ "name": "t", "arguments": { "a/b": { "n": 42 }, "on": true, "gone": null } });
        let headers = of_request(&json!({ "method": "tools/call", "params": params }), Some(&mirrors));
        let headers: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let expected =
            [("Mcp-Method", "tools/call"), ("Mcp-Name", "t"), ("Mcp-Param-N", "42"), ("Mcp-Param-On", "true")];
        assert_eq!(headers, [&[("MCP-Protocol-Version", "2026-07-28")], &expected[..]].concat());
    }
}
