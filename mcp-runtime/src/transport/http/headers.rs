//! What the headers say a second time: it must be what the body says (`basic/transports/streamable-http`, "Server
//! Validation").

use std::borrow::Cow;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use mcp_proto::wire::{Code, Method, Request, RpcError};
use serde_json::{Map, Value};

use super::head::{Found, Named};
use super::names::text_of;
use crate::json_text;
use crate::registry::Mirrored;

/// `MCP-Protocol-Version` must be the version in `_meta`.
pub(super) fn version_agrees(named: &Named<'_>, body: &str) -> Result<(), RpcError> {
    agrees(named.version, "MCP-Protocol-Version", body)
}

/// `Mcp-Method` must be the method, and `Mcp-Name` the name or URI, where the method has one.
pub(super) fn method_agrees(named: &Named<'_>, request: &Request) -> Result<(), RpcError> {
    agrees(named.method, "Mcp-Method", request.method.as_str())?;
    let name = match request.method {
        Method::ToolsCall | Method::PromptsGet => request.name(),
        Method::ResourcesRead => request.uri(),
        _ => return Ok(()),
    };
    // A body without a name is refused for that, in the method's own words.
    let Some(name) = name else { return Ok(()) };
    if named.name.says(name) {
        return Ok(());
    }
    let header = text(named.name, "Mcp-Name")?.ok_or_else(|| missing("Mcp-Name"))?;
    let decoded = decode(header).ok_or_else(|| malformed("Mcp-Name"))?;
    if decoded == name { Ok(()) } else { Err(differs("Mcp-Name", &decoded, name)) }
}

/// Each `Mcp-Param-*` that a tool declares must be the argument; what is not among the arguments has no header.
pub(super) fn arguments_agree(headers: &HeaderMap, request: &Request, mirrored: &[Mirrored]) -> Result<(), RpcError> {
    if mirrored.is_empty() {
        return Ok(());
    }
    let arguments: Map<String, Value> = serde_json::from_str(request.arguments_json())
        .map_err(|_| RpcError::invalid_params("Invalid params: the `arguments` are beyond what can be read"))?;
    for Mirrored { header: name, path } in mirrored {
        let argument = path.iter().skip(1).fold(path.first().and_then(|first| arguments.get(&**first)), |at, step| {
            at.and_then(|value| value.get(&**step))
        });
        let shown = format!("Mcp-Param-{name}");
        let mut values = headers.get_all(&*shown).iter();
        let header = text(Found { first: values.next(), is_several: values.next().is_some() }, &shown)?;
        match (argument.filter(|value| !value.is_null()), header) {
            (None, None) => {}
            (None, Some(header)) => return Err(differs(&shown, header, "nothing")),
            (Some(_), None) => return Err(missing(&shown)),
            (Some(value), Some(header)) => {
                let decoded = decode(header).ok_or_else(|| malformed(&shown))?;
                if !same(value, &decoded) {
                    let body = value.as_str().map_or_else(|| json_text::value(value), str::to_owned);
                    return Err(differs(&shown, &decoded, &body));
                }
            }
        }
    }
    Ok(())
}

/// Whether a header says the same as an argument. Numbers are compared as numbers: `42.0` is `42`.
fn same(value: &Value, header: &str) -> bool {
    match value {
        Value::String(text) => text == header,
        Value::Bool(value) => header == if *value { "true" } else { "false" },
        Value::Number(number) => match (number.as_i64(), header.parse::<i64>()) {
            (Some(number), Ok(header)) => number == header,
            _ => serde_json::from_str::<f64>(header).is_ok_and(|header| number.as_f64() == Some(header)),
        },
        // No other kind can be mirrored; the arguments themselves are refused for it.
        _ => true,
    }
}

/// Takes off the Base64 wrapper, where there is one; `None` where what is in it is no Base64 of text.
fn decode(header: &str) -> Option<Cow<'_, str>> {
    let Some(inner) = header.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) else {
        return Some(header.into());
    };
    String::from_utf8(STANDARD.decode(inner).ok()?).ok().map(Cow::Owned)
}

/// A header's value, without the spaces around it. An error where it is given twice or holds other than visible ASCII.
fn text<'a>(found: Found<'a>, name: &str) -> Result<Option<&'a str>, RpcError> {
    let Some(value) = found.first else { return Ok(None) };
    match text_of(value) {
        Some(text) if !found.is_several => Ok(Some(text.trim_matches([' ', '\t']))),
        _ => Err(malformed(name)),
    }
}

/// That a header says what the body says.
fn agrees(found: Found<'_>, name: &str, body: &str) -> Result<(), RpcError> {
    if found.says(body) {
        return Ok(());
    }
    match text(found, name)? {
        Some(header) if header == body => Ok(()),
        Some(header) => Err(differs(name, header, body)),
        None => Err(missing(name)),
    }
}

impl Found<'_> {
    /// Whether it says exactly this. Other spellings may mean the same.
    fn says(self, text: &str) -> bool {
        // A Base64 wrapper means what is in it, and what is not ASCII has to be in one.
        let is_plain = text.is_ascii() && !text.starts_with("=?");
        is_plain && !self.is_several && self.first.is_some_and(|value| value == text)
    }
}

fn missing(name: &str) -> RpcError {
    mismatch(format!("Header mismatch: {name} is missing"))
}

fn malformed(name: &str) -> RpcError {
    mismatch(format!("Header mismatch: {name} holds what it may not"))
}

fn differs(name: &str, header: &str, body: &str) -> RpcError {
    mismatch(format!("Header mismatch: {name} is {header:?}, the body says {body:?}"))
}

fn mismatch(message: String) -> RpcError {
    RpcError::new(Code::HEADER_MISMATCH, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wrapper_is_decoded_strictly_and_only_where_it_is_whole() {
        assert_eq!(decode("=?base64?SGVsbG8=?=").as_deref(), Some("Hello"));
        assert_eq!(decode("=?base64?SGVsbG8?="), None);
        assert_eq!(decode("=?base64?SGVs!!!bG8=?="), None);
        assert_eq!(decode("SGVsbG8=").as_deref(), Some("SGVsbG8="));
        assert_eq!(decode("=?base64?SGVsbG8=").as_deref(), Some("=?base64?SGVsbG8="));
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(same(&42.into(), "42.0") && same(&42.into(), "42") && !same(&42.into(), "43"));
        assert!(same(&true.into(), "true") && !same(&true.into(), "True"));
        assert!(!same(&42.into(), "forty-two"));
    }
}
