//! What is asked, and what the answer must say.

use std::net::SocketAddr;

use serde::Deserialize;

use crate::http::Answer;
use crate::{Fault, Outcome};

/// The first request id. All ids have as many digits, so that one template serves for all requests of a connection.
const FIRST_ID: u32 = 1_000_000;

const SESSION_VERSION: &str = "2025-11-25";
const STATELESS_VERSION: &str = "2026-07-28";

/// What a request of the stateless era says of its client.
const META: &str = concat!(
    r#""io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
    r#""io.modelcontextprotocol/clientCapabilities":{}"#
);

/// How a client speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Era {
    /// 2025-11-25: in a session, one for each connection.
    Session,
    /// 2026-07-28: each request stands alone.
    Stateless,
}

/// One kind of request.
#[derive(Debug)]
pub struct Case {
    /// Its name in the report.
    pub name: &'static str,
    /// The era it is of.
    pub era: Era,
    method: &'static str,
    /// The tool that is called, and its arguments.
    tool: Option<(&'static str, &'static str)>,
    expected: Expected,
}

#[derive(Debug)]
enum Expected {
    /// One block of content, of this text.
    Text(&'static str),
    /// These tools, in any order.
    Tools(&'static [&'static str]),
}

/// All of them.
pub const CASES: [Case; 4] = [
    Case {
        name: "2026-07-28 call",
        era: Era::Stateless,
        method: "tools/call",
        tool: Some(("echo", r#"{"message":"hello"}"#)),
        expected: Expected::Text("hello"),
    },
    Case {
        name: "2026-07-28 structured call",
        era: Era::Stateless,
        method: "tools/call",
        tool: Some(("add", r#"{"a":2,"b":3}"#)),
        expected: Expected::Text("5"),
    },
    Case {
        name: "2026-07-28 tools/list",
        era: Era::Stateless,
        method: "tools/list",
        tool: None,
        expected: Expected::Tools(&["add", "echo"]),
    },
    Case {
        name: "2025-11-25 call",
        era: Era::Session,
        method: "tools/call",
        tool: Some(("echo", r#"{"message":"hello"}"#)),
        expected: Expected::Text("hello"),
    },
];

impl Case {
    /// The case's requests to a server, in a session where there is one.
    pub fn template(&self, address: SocketAddr, path: &str, session: Option<&str>) -> Template {
        let mut headers = common_headers();
        let mut params: Vec<String> = Vec::new();
        params.extend(self.tool.map(|(name, arguments)| format!(r#""name":"{name}","arguments":{arguments}"#)));
        match self.era {
            Era::Session => headers.push(("MCP-Protocol-Version", SESSION_VERSION.to_owned())),
            Era::Stateless => {
                headers.push(("MCP-Protocol-Version", STATELESS_VERSION.to_owned()));
                headers.push(("Mcp-Method", self.method.to_owned()));
                headers.extend(self.tool.map(|(name, _)| ("Mcp-Name", name.to_owned())));
                params.push(format!(r#""_meta":{{{META}}}"#));
            }
        }
        headers.extend(session.map(|session| ("Mcp-Session-Id", session.to_owned())));
        let before = r#"{"jsonrpc":"2.0","id":"#;
        let body = format!(r#"{before}{FIRST_ID},"method":"{}","params":{{{}}}}}"#, self.method, params.join(","));
        let bytes = request("POST", address, path, &headers, &body);
        let id_at = bytes.len() - body.len() + before.len();
        Template { bytes, id: FIRST_ID, id_at }
    }

    /// Checks an answer: that it is one, to this request, and says what it must.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self, answer: &Answer<'_>, id: u32) -> Outcome<()> {
        let fault = |what: &str| Fault::from(format!("{}: {what}: {answer:?}", self.name));
        if answer.status != 200 {
            return Err(fault("the status is not 200"));
        }
        let message: Message<'_> = serde_json::from_str(answer.message()).map_err(|error| fault(&error.to_string()))?;
        if message.id != id {
            return Err(fault("this answers another request"));
        }
        let fits = match self.expected {
            Expected::Text(text) => matches!(&*message.result.content, [block] if block.text == text),
            Expected::Tools(names) => {
                let tools = &message.result.tools;
                tools.len() == names.len() && tools.iter().all(|tool| names.contains(&tool.name))
            }
        };
        if fits { Ok(()) } else { Err(fault("the result is not the one expected")) }
    }
}

/// An answer, as far as it is looked at.
#[derive(Deserialize)]
struct Message<'a> {
    id: u32,
    #[serde(borrow)]
    result: CallResult<'a>,
}

#[derive(Deserialize)]
struct CallResult<'a> {
    #[serde(borrow, default)]
    content: Vec<Block<'a>>,
    #[serde(borrow, default)]
    tools: Vec<Tool<'a>>,
}

#[derive(Deserialize)]
struct Block<'a> {
    text: &'a str,
}

#[derive(Deserialize)]
struct Tool<'a> {
    name: &'a str,
}

/// A request that is sent many times, each time with another id.
#[derive(Debug)]
pub struct Template {
    bytes: Vec<u8>,
    id: u32,
    id_at: usize,
}

impl Template {
    /// The next request, and its id.
    pub fn next(&mut self) -> (&[u8], u32) {
        self.id += 1;
        let digits = self.id.to_string();
        self.bytes[self.id_at..self.id_at + digits.len()].copy_from_slice(digits.as_bytes());
        (&self.bytes, self.id)
    }
}

/// What opens a session.
pub fn initialize(address: SocketAddr, path: &str) -> Vec<u8> {
    let params = format!(
        r#"{{"protocolVersion":"{SESSION_VERSION}","capabilities":{{}},"clientInfo":{{"name":"load","version":"1"}}}}"#
    );
    let body = format!(r#"{{"jsonrpc":"2.0","id":0,"method":"initialize","params":{params}}}"#);
    request("POST", address, path, &common_headers(), &body)
}

/// What says that the session is open.
pub fn initialized(address: SocketAddr, path: &str, session: Option<&str>) -> Vec<u8> {
    let body = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    request("POST", address, path, &session_headers(session), body)
}

/// What ends a session.
pub fn delete(address: SocketAddr, path: &str, session: &str) -> Vec<u8> {
    request("DELETE", address, path, &session_headers(Some(session)), "")
}

fn common_headers() -> Vec<(&'static str, String)> {
    vec![("Content-Type", "application/json".to_owned()), ("Accept", "application/json, text/event-stream".to_owned())]
}

fn session_headers(session: Option<&str>) -> Vec<(&'static str, String)> {
    let mut headers = common_headers();
    headers.push(("MCP-Protocol-Version", SESSION_VERSION.to_owned()));
    headers.extend(session.map(|session| ("Mcp-Session-Id", session.to_owned())));
    headers
}

fn request(verb: &str, address: SocketAddr, path: &str, headers: &[(&str, String)], body: &str) -> Vec<u8> {
    let mut text = format!("{verb} {path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n", body.len());
    for (name, value) in headers {
        text.extend([name, ": ", value, "\r\n"]);
    }
    text.extend(["\r\n", body]);
    text.into_bytes()
}
