//! Whose answers hold for whom; how they are listed and taken back; what the audit log has of decisions.

use std::sync::{Arc, Mutex};

use http_body_util::{BodyExt as _, Full};
use mcp_runtime::audit::{Audit, AuditSink};
use mcp_runtime::auth::{ApiKey, ApiKeys};
use mcp_runtime::http::Request;
use mcp_runtime::prelude::*;
use mcp_runtime::{MemoryClient, Policy, Principal, Version};
use serde_json::{Value, json};
use tower::Service as _;

static GROUP: Group = Group::new("consents");

/// Refunds an order.
#[tool(group = GROUP, consent = "Refund the order {order}")]
fn refund(order: &str) -> String {
    format!("refunded {order}")
}

fn server() -> Server {
    Server::of(&GROUP).build().expect("a server")
}

/// A client of the newest revision, which answers what it is asked.
struct Asked {
    client: MemoryClient,
    answer: Value,
    /// How often it was asked.
    questions: u32,
}

impl Asked {
    fn new(server: &Server, principal: Principal, answer: &str) -> Self {
        let answer = json!({ "action": "accept", "content": { "answer": answer } });
        Self { client: server.connect_as(principal), answer, questions: 0 }
    }

    async fn request(&mut self, extra: Value) -> Value {
        let meta = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
            "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} } });
        let mut params = json!({ "name": "refund", "arguments": { "order": "A-1" }, "_meta": meta });
        params.as_object_mut().expect("an object").extend(extra.as_object().expect("an object").clone());
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        self.client.send(request.to_string());
        let answer: Value = serde_json::from_str(&self.client.receive().await.expect("an answer")).expect("JSON");
        answer["result"].clone()
    }

    /// Calls once: the text of the answer, and whether it was asked.
    async fn call(&mut self) -> (String, bool) {
        let asked_before = self.questions;
        let mut result = self.request(json!({})).await;
        if result["resultType"] == "input_required" {
            self.questions += 1;
            let extra =
                json!({ "requestState": result["requestState"], "inputResponses": { "@consent": self.answer } });
            result = self.request(extra).await;
        }
        (result["content"][0]["text"].as_str().expect("a text").to_owned(), self.questions > asked_before)
    }
}

fn ada() -> Principal {
    Principal::new("ada").with_issuer("https://id.example.com")
}

#[tokio::test]
async fn an_answer_holds_for_who_has_given_it_and_nobody_else() {
    let server = server();
    let ran = |asked| ("refunded A-1".to_owned(), asked);
    assert_eq!(Asked::new(&server, ada(), "always").call().await, ran(true));
    // Whatever the connection, the client, the scopes.
    let elsewhere = ada().with_client("another").with_scopes(["more"]);
    assert_eq!(Asked::new(&server, elsewhere, "deny").call().await, ran(false));
    for other in [
        Principal::new("ada"),
        Principal::new("ada").with_issuer("https://id.example.org"),
        Principal::new("eve").with_issuer("https://id.example.com"),
        Principal::anonymous(),
    ] {
        let (text, asked) = Asked::new(&server, other.clone(), "deny").call().await;
        assert!(asked && text.starts_with("Denied: "), "{other:?} {text}");
    }
}

#[tokio::test]
async fn an_answer_for_a_session_is_over_with_its_connection() {
    let server = server();
    for principal in [ada(), Principal::anonymous()] {
        let mut client = Asked::new(&server, principal.clone(), "session");
        assert!(client.call().await.1);
        assert!(!client.call().await.1, "{principal:?}");
        let (text, asked) = Asked::new(&server, principal.clone(), "deny").call().await;
        assert!(asked && text.starts_with("Denied: "), "{principal:?} {text}");
    }
}

/// Calls over HTTP without a session, with a key, and answers what is asked: the text, and whether anything was.
async fn call_over_http(http: &mut Http, key: &str, answer: &str) -> (String, bool) {
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": Version::LATEST.as_str(),
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} } });
    let mut params = json!({ "name": "refund", "arguments": { "order": "A-1" }, "_meta": meta });
    let mut was_asked = false;
    loop {
        let message = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params });
        let request = Request::post("/mcp")
            .header("host", "localhost")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("mcp-protocol-version", Version::LATEST.as_str())
            .header("mcp-method", "tools/call")
            .header("mcp-name", "refund")
            .header("x-api-key", key)
            .body(Full::new(hyper::body::Bytes::from(message.to_string())))
            .expect("a request");
        let Ok(response) = http.call(request).await;
        let body = response.into_body().collect().await.expect("a body").to_bytes();
        let mut answered: Value = serde_json::from_slice(&body).expect("JSON");
        let result = answered["result"].take();
        if result["resultType"] != "input_required" {
            return (result["content"][0]["text"].as_str().expect("a text").to_owned(), was_asked);
        }
        assert!(!was_asked, "once is enough: {result}");
        was_asked = true;
        params["requestState"] = result["requestState"].clone();
        params["inputResponses"] = json!({ "@consent": { "action": "accept", "content": { "answer": answer } } });
    }
}

#[tokio::test]
async fn without_a_session_an_answer_holds_for_whoever_has_the_key() {
    let key = |secret: &str, subject: &str| ApiKey::new(secret).subject(subject);
    let keys = [
        key("of-ada-0123456789", "ada"),
        key("another-of-ada-0123456789", "ada"),
        key("of-eve-0123456789", "eve"),
        key("of-bob-0123456789", "bob"),
    ];
    let server = server();
    let permissions = server.handle().permissions();
    let mut http = Http::new(server).authenticate(ApiKeys::of(keys).expect("they are right"));
    let ran = |asked| ("refunded A-1".to_owned(), asked);
    let (text, asked) = call_over_http(&mut http, "of-ada-0123456789", "deny").await;
    assert!(asked && text.starts_with("Denied: "), "{text}");
    assert_eq!(call_over_http(&mut http, "of-ada-0123456789", "always").await, ran(true));
    assert_eq!(call_over_http(&mut http, "of-ada-0123456789", "deny").await, ran(false));
    assert_eq!(call_over_http(&mut http, "another-of-ada-0123456789", "deny").await, ran(false));
    assert_eq!(call_over_http(&mut http, "of-eve-0123456789", "once").await, ran(true));
    for asked in [true, false] {
        let (text, was_asked) = call_over_http(&mut http, "of-bob-0123456789", "never").await;
        assert!(was_asked == asked && text.starts_with("Denied: "), "{text}");
    }
    let told: Vec<_> = permissions
        .all()
        .await
        .iter()
        .map(|one| (one.principal().subject().unwrap_or("-").to_owned(), one.is_denial()))
        .collect();
    assert_eq!(told, [("ada".to_owned(), false), ("bob".to_owned(), true)]);
    for permission in permissions.all().await {
        assert!(permissions.revoke(&permission).await);
    }
    assert_eq!(call_over_http(&mut http, "of-bob-0123456789", "once").await, ran(true));
    assert_eq!(call_over_http(&mut http, "of-ada-0123456789", "once").await, ran(true));
}

#[tokio::test]
async fn a_no_for_good_counts_more_than_a_yes_in_a_session() {
    let server = server();
    let mut client = Asked::new(&server, ada(), "session");
    assert!(client.call().await.1);
    let (text, asked) = Asked::new(&server, ada(), "never").call().await;
    assert!(asked && text.starts_with("Denied: "), "{text}");
    let (text, asked) = client.call().await;
    assert!(!asked && text.contains("has said no before"), "{text}");
}

#[tokio::test]
async fn answers_are_listed_and_taken_back() {
    let server = server();
    let permissions = server.handle().permissions();
    let eve = Principal::new("eve");
    for principal in [ada(), eve.clone()] {
        Asked::new(&server, principal, "always").call().await;
    }
    Asked::new(&server, Principal::anonymous(), "session").call().await;
    let all = permissions.all().await;
    let whose: Vec<_> = all.iter().map(|one| (one.principal(), one.is_for_session())).collect();
    assert_eq!(whose, [(ada(), false), (eve.clone(), false), (Principal::anonymous(), true)]);
    let [one] = &permissions.list(&ada()).await[..] else { panic!("one is hers") };
    assert_eq!((one.method(), one.target(), one.resource()), ("tools/call", "refund", r#"{"order":"A-1"}"#));
    assert!(one.until() > one.given());
    assert!(permissions.list(&Principal::anonymous()).await.is_empty());

    assert!(permissions.revoke(one).await);
    assert!(!permissions.revoke(one).await, "it is gone");
    assert!(Asked::new(&server, ada(), "always").call().await.1, "she is asked again");
    assert!(!Asked::new(&server, eve.clone(), "deny").call().await.1, "others are not");
    assert_eq!(permissions.revoke_all(&eve).await, 1);
    assert_eq!(permissions.revoke_all(&eve).await, 0);
    assert!(Asked::new(&server, eve, "deny").call().await.1);
    let id = permissions.list(&ada()).await[0].id();
    assert!(permissions.revoke_id(&id).await && !permissions.revoke_id(&id).await);
}

#[test]
fn tools_for_administrators_are_not_for_everyone() {
    for policy in [Policy::new(), Policy::public()] {
        let error = Server::of(&GROUP).permission_tools(policy).build().expect_err("nobody is asked for anything");
        assert!(error.to_string().contains("`permission_tools` are not for everyone"), "{error}");
    }
    assert!(Server::of(&GROUP).permission_tools(Policy::new().roles("admin")).build().is_ok());
}

/// Keeps what is recorded.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<Value>>>);

impl AuditSink for Lines {
    fn write(&mut self, lines: &[String]) -> std::io::Result<()> {
        let read = lines.iter().map(|line| serde_json::from_str(line).expect("JSON"));
        self.0.lock().expect("nobody panics with it").extend(read);
        Ok(())
    }
}

#[tokio::test]
async fn the_audit_log_has_decisions_and_reasons() {
    let lines = Lines::default();
    let audit = Audit::to(lines.clone());
    let server = Server::of(&GROUP).audit(audit.clone()).build().expect("a server");
    for answer in ["deny", "once", "always", "deny"] {
        Asked::new(&server, ada(), answer).call().await;
    }
    assert!(audit.flush().await);
    let lines = lines.0.lock().expect("nobody panics with it").clone();
    let told: Vec<_> = lines
        .iter()
        .filter(|line| line["outcome"] != "input required")
        .map(|line| [&line["decision"], &line["consent"], &line["reason"]].map(|word| word.as_str().unwrap_or("-")))
        .collect();
    assert_eq!(
        told,
        [
            ["denied", "denied", "consent: the user has said no"],
            ["allowed", "once", "-"],
            ["allowed", "always", "-"],
            ["allowed", "remembered", "-"],
        ]
    );
}
