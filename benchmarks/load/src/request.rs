//! Requests, as bytes.

use std::net::SocketAddr;

use crate::case::{Ask, Case, Era};

/// The first request id. All ids have as many digits, so that one template serves for all requests of a connection.
const FIRST_ID: u32 = 1_000_000;

/// Under which notifications of progress come. One number does: no connection has two such requests in flight.
pub const PROGRESS_TOKEN: u32 = 7;

/// What a request of the stateless era says of its client.
pub const CLIENT: &str = concat!(
    r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
    r#""io.modelcontextprotocol/clientInfo":{"name":"load","version":"1"},"#,
    r#""io.modelcontextprotocol/clientCapabilities":{}"#
);

/// What opens a session; its id is 0.
pub const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{},"clientInfo":{"name":"load","version":"1"}}}"#
);

/// What says that the session is open.
pub const INITIALIZED: &str = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The address.
    pub address: SocketAddr,
    /// The path of its endpoint.
    pub path: String,
}

/// What a session is known by.
#[derive(Clone, Debug, Default)]
pub struct SessionHeaders {
    /// The revision that was agreed on.
    pub version: String,
    /// The session. A server may do without one.
    pub id: Option<String>,
}

/// A request that is sent many times, each time with another id.
#[derive(Clone, Debug)]
pub struct Template {
    bytes: Vec<u8>,
    id: u32,
    id_at: usize,
}

impl Template {
    /// The case's requests over HTTP, in a session if one is given.
    pub fn http(case: &Case, place: &Place, session: Option<&SessionHeaders>) -> Self {
        let mut headers = match session {
            Some(session) => session.headers(),
            None => vec![
                ("MCP-Protocol-Version", Era::Stateless.version().to_owned()),
                ("Mcp-Method", case.ask.method().to_owned()),
            ],
        };
        if session.is_none() {
            headers.extend(case.ask.tool().map(|(name, _)| ("Mcp-Name", name.to_owned())));
        }
        let (body, id_in_body) = body(case);
        let bytes = post(place, &headers, &body);
        Self { id: FIRST_ID, id_at: bytes.len() - body.len() + id_in_body, bytes }
    }

    /// The case's requests as lines.
    pub fn line(case: &Case) -> Self {
        let (mut body, id_at) = body(case);
        body.push('\n');
        Self { id: FIRST_ID, id_at, bytes: body.into_bytes() }
    }

    /// The next request, and its id.
    pub fn next(&mut self) -> (&[u8], u32) {
        self.id += 1;
        let digits = self.id.to_string();
        self.bytes[self.id_at..self.id_at + digits.len()].copy_from_slice(digits.as_bytes());
        (&self.bytes, self.id)
    }
}

impl SessionHeaders {
    fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = vec![("MCP-Protocol-Version", self.version.clone())];
        headers.extend(self.id.clone().map(|id| ("Mcp-Session-Id", id)));
        headers
    }
}

/// What opens a session over HTTP.
pub fn initialize(place: &Place) -> Vec<u8> {
    post(place, &[], INITIALIZE)
}

/// What says over HTTP that the session is open.
pub fn initialized(place: &Place, session: &SessionHeaders) -> Vec<u8> {
    post(place, &session.headers(), INITIALIZED)
}

/// What ends a session.
pub fn delete(place: &Place, session: &SessionHeaders) -> Vec<u8> {
    http("DELETE", place, &session.headers(), "")
}

impl Ask {
    fn method(self) -> &'static str {
        if self == Self::List { "tools/list" } else { "tools/call" }
    }

    /// The tool that is called, and its arguments.
    fn tool(self) -> Option<(&'static str, String)> {
        match self {
            Self::Echo(bytes) => Some(("echo", format!(r#"{{"message":"{}"}}"#, text(bytes)))),
            Self::Add => Some(("add", r#"{"a":2,"b":3}"#.to_owned())),
            Self::Sum => Some(("sum", r#"{"a":2,"b":3}"#.to_owned())),
            Self::Progress(count) => Some(("progress", format!(r#"{{"count":{count}}}"#))),
            Self::Wait => Some(("wait", "{}".to_owned())),
            Self::List => None,
        }
    }
}

/// Words, of so many bytes together. Nothing in them has to be escaped.
pub fn text(bytes: usize) -> String {
    "hello, all the world and its neighbours; ".chars().cycle().take(bytes).collect()
}

/// A request, and the place of its id.
fn body(case: &Case) -> (String, usize) {
    let mut params: Vec<String> = Vec::new();
    params.extend(case.ask.tool().map(|(name, arguments)| format!(r#""name":"{name}","arguments":{arguments}"#)));
    let mut meta: Vec<String> = Vec::new();
    if matches!(case.ask, Ask::Progress(_)) {
        meta.push(format!(r#""progressToken":{PROGRESS_TOKEN}"#));
    }
    if case.era == Era::Stateless {
        meta.push(CLIENT.to_owned());
    }
    if !meta.is_empty() {
        params.push(format!(r#""_meta":{{{}}}"#, meta.join(",")));
    }
    let before = r#"{"jsonrpc":"2.0","id":"#;
    let (method, params) = (case.ask.method(), params.join(","));
    (format!(r#"{before}{FIRST_ID},"method":"{method}","params":{{{params}}}}}"#), before.len())
}

/// A message over HTTP.
pub fn post(place: &Place, headers: &[(&str, String)], body: &str) -> Vec<u8> {
    http("POST", place, headers, body)
}

/// A request, with what all of them have as headers and with these.
pub fn http(verb: &str, place: &Place, headers: &[(&str, String)], body: &str) -> Vec<u8> {
    let Place { address, path } = place;
    let mut text = format!("{verb} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n", body.len());
    text.push_str("Content-Type: application/json\r\nAccept: application/json, text/event-stream\r\n");
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text.extend(["\r\n", body]);
    text.into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Load;

    #[test]
    fn each_request_has_an_id_of_its_own() {
        let mut template = Template::line(&Case::small(Era::Session, Load::Stdio(1)));
        for expected in [FIRST_ID + 1, FIRST_ID + 2] {
            let (line, id) = template.next();
            let line: serde_json::Value = serde_json::from_slice(line).expect("a request is JSON");
            assert_eq!((id, line["id"].as_u64()), (expected, Some(expected.into())));
            assert_eq!(line["params"]["arguments"]["message"], "hello");
        }
    }

    #[test]
    fn the_length_of_a_body_is_told() {
        let place = Place { address: ([127, 0, 0, 1], 80).into(), path: "/mcp".to_owned() };
        let mut template = Template::http(&Case::small(Era::Stateless, Load::Http(1)), &place, None);
        let request = String::from_utf8(template.next().0.to_vec()).expect("a request is text");
        let (head, body) = request.split_once("\r\n\r\n").expect("a head ends");
        assert!(head.contains(&format!("\r\nContent-Length: {}\r\n", body.len())), "{head}");
        assert!(head.contains("\r\nMcp-Method: tools/call\r\nMcp-Name: echo"), "{head}");
        assert!(body.contains(r#""id":1000001,"#), "{body}");
    }
}
