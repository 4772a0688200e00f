//! Whoever calls over HTTP in the stateless era, and what they are told.

use std::net::SocketAddr;

use mcp_tests::process::PATIENCE;
use serde_json::{Value, json};

use crate::client::Client;

const META: &str = concat!(
    r#"{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
    r#""io.modelcontextprotocol/clientCapabilities":{"elicitation":{}}}"#
);

/// Whoever calls.
pub struct Caller {
    client: Client,
    name: Option<&'static str>,
}

/// A request, whose further members are JSON as it is to be written, right or wrong.
#[derive(Clone)]
pub struct Request {
    method: &'static str,
    /// What the headers call it.
    name: String,
    members: Vec<(&'static str, String)>,
}

impl Request {
    pub fn tool(name: &str, arguments: &Value) -> Self {
        Self::named("tools/call", name, arguments)
    }

    pub fn prompt(name: &str, arguments: &Value) -> Self {
        Self::named("prompts/get", name, arguments)
    }

    fn named(method: &'static str, name: &str, arguments: &Value) -> Self {
        Self::bare(method, name).with("name", json!(name)).with("arguments", arguments)
    }

    pub fn resource(uri: &str) -> Self {
        Self::bare("resources/read", uri).with("uri", json!(uri))
    }

    /// A request without any members; what the headers call it.
    pub fn bare(method: &'static str, name: &str) -> Self {
        Self { method, name: name.to_owned(), members: Vec::new() }
    }

    /// The same with a further member.
    pub fn with(&self, member: &'static str, json: impl ToString) -> Self {
        let mut request = self.clone();
        request.members.push((member, json.to_string()));
        request
    }

    /// The same, with what it takes to go on from an answer.
    pub fn after(&self, answer: &Value, responses: impl ToString) -> Self {
        self.with("requestState", &answer["result"]["requestState"]).with("inputResponses", responses)
    }
}

impl Caller {
    /// Somebody without a name.
    pub fn new(address: SocketAddr) -> Self {
        Self { client: Client::new(address), name: None }
    }

    /// Somebody whom the server knows by this name.
    pub fn named(address: SocketAddr, name: impl Into<Option<&'static str>>) -> Self {
        Self { name: name.into(), ..Self::new(address) }
    }

    /// Sends a request and reads the answer.
    pub async fn send(&self, request: &Request) -> Value {
        let Request { method, name, members } = request;
        let mut headers = vec![
            ("MCP-Protocol-Version", "2026-07-28".to_owned()),
            ("Mcp-Method", (*method).to_owned()),
            ("Mcp-Name", name.clone()),
        ];
        headers.extend(self.name.map(|name| ("X-Name", name.to_owned())));
        let members: String = members.iter().map(|(member, json)| format!(r#""{member}":{json},"#)).collect();
        let params = format!(r#"{{{members}"_meta":{META}}}"#);
        let body = format!(r#"{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{params}}}"#);
        let answer = tokio::time::timeout(PATIENCE, self.client.post(&headers, &body)).await.expect("an answer");
        assert_eq!(answer.status, 200, "{answer:?}");
        serde_json::from_str(&answer.body).expect("JSON")
    }

    /// Sends a request; what comes of it.
    pub async fn outcome(&self, request: &Request) -> String {
        outcome(&self.send(request).await)
    }
}

/// What an answer comes to: `asked left right`, `said hello`, `failed: …`, `error -32602`.
pub fn outcome(answer: &Value) -> String {
    let result = &answer["result"];
    if let Some(asked) = result["inputRequests"].as_object() {
        assert!(result["resultType"] == "input_required" && result["requestState"].is_string(), "{answer}");
        return asked.keys().fold("asked".to_owned(), |keys, key| format!("{keys} {key}"));
    }
    if let Some(code) = answer["error"]["code"].as_i64() {
        return format!("error {code}");
    }
    let content = &result["content"][0]["text"];
    let prompt = &result["messages"][0]["content"]["text"];
    let text = [content, prompt, &result["contents"][0]["text"]].into_iter().find_map(Value::as_str);
    let text = text.unwrap_or_else(|| panic!("{answer}"));
    if result["isError"] == true { format!("failed: {text}") } else { format!("said {text}") }
}

/// An answer to a question for a word.
pub fn word(word: &str) -> Value {
    json!({ "action": "accept", "content": { "word": word } })
}
