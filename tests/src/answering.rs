//! A client that answers what it is asked, in either era.

use std::collections::BTreeMap;

use mcp_runtime::{MemoryClient, Server};
use serde_json::{Map, Value, json};

/// What a client of these tests declares.
pub fn capabilities() -> Value {
    json!({ "elicitation": { "form": {}, "url": {} }, "sampling": { "tools": {} }, "roots": {} })
}

/// The `params` of a request that stands alone.
pub fn alone(mut params: Value) -> Value {
    let meta = params["_meta"].take();
    let mut meta = meta.as_object().cloned().unwrap_or_default();
    meta.entry("io.modelcontextprotocol/protocolVersion").or_insert(json!("2026-07-28"));
    meta.entry("io.modelcontextprotocol/clientInfo").or_insert(json!({ "name": "tester", "version": "3.2.1" }));
    meta.entry("io.modelcontextprotocol/clientCapabilities").or_insert(capabilities());
    params["_meta"] = meta.into();
    params
}

/// Sends a request, and gives the next message that is no notification.
pub async fn ask(client: &mut MemoryClient, id: u32, method: &str, params: Value) -> Value {
    client.send(json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }).to_string());
    receive(client).await
}

/// The next message that is no notification.
pub async fn receive(client: &mut MemoryClient) -> Value {
    loop {
        let frame = client.receive().await.expect("the connection is open");
        let message: Value = serde_json::from_str(&frame).expect("frames are JSON");
        if message.get("id").is_some() {
            return message;
        }
    }
}

/// A client with a session.
pub async fn with_session(server: &Server) -> MemoryClient {
    let mut client = server.connect();
    let params = json!({
        "protocolVersion": "2025-11-25",
        "capabilities": capabilities(),
        "clientInfo": { "name": "tester", "version": "3.2.1" },
    });
    let opened = ask(&mut client, 0, "initialize", params).await;
    assert!(opened["result"].is_object(), "{opened}");
    client.send(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string());
    client
}

/// What a call has come to, and how.
#[derive(Debug, PartialEq)]
pub struct Played {
    /// The answer, `result` or `error`.
    pub answer: Value,
    /// The methods of the questions, one list a round.
    pub asked: Vec<Vec<String>>,
}

/// Calls, and answers each question with what `answers` has for its message or method, until there is an answer.
pub async fn play_alone(server: &Server, method: &str, params: &Value, answers: &Map<String, Value>) -> Played {
    let mut client = server.connect();
    let (mut round, mut asked) = (params.clone(), Vec::new());
    loop {
        assert!(asked.len() < 20, "it never ends: {asked:?}");
        let mut answer = ask(&mut client, 1, method, alone(round.clone())).await;
        if answer["result"]["resultType"] != "input_required" {
            return Played { answer: outcome(&mut answer), asked };
        }
        let empty = Map::new();
        let requests = answer["result"]["inputRequests"].as_object().unwrap_or(&empty);
        asked
            .push(requests.values().map(|request| request["method"].as_str().unwrap_or_default().to_owned()).collect());
        let responses: BTreeMap<_, _> = requests.iter().map(|(key, request)| (key, find(answers, request))).collect();
        round = params.clone();
        round["inputResponses"] = json!(responses);
        round["requestState"] = answer["result"]["requestState"].clone();
    }
}

/// The same, in a session. Each question is a round of its own here.
pub async fn play_in_session(server: &Server, method: &str, params: &Value, answers: &Map<String, Value>) -> Played {
    let mut client = with_session(server).await;
    let mut asked = Vec::new();
    let mut message = ask(&mut client, 1, method, params.clone()).await;
    while message.get("method").is_some() {
        assert!(asked.len() < 20, "it never ends: {asked:?}");
        asked.push(vec![message["method"].as_str().unwrap_or_default().to_owned()]);
        let answer = find(answers, &message);
        client.send(json!({ "jsonrpc": "2.0", "id": message["id"], "result": answer }).to_string());
        message = receive(&mut client).await;
    }
    Played { answer: outcome(&mut message), asked }
}

/// Plays a call in both eras: the answer must be the same but for what the era adds.
pub async fn play(server: &Server, method: &str, params: Value, answers: Value) -> Played {
    let answers = answers.as_object().expect("answers by message or method");
    let mut alone = play_alone(server, method, &params, answers).await;
    let in_session = play_in_session(server, method, &params, answers).await;
    for member in ["resultType", "_meta", "ttlMs", "cacheScope"] {
        if let Some(result) = alone.answer.as_object_mut() {
            result.remove(member);
        }
    }
    assert_eq!(alone.answer, in_session.answer, "the eras differ");
    let count = |played: &Played| played.asked.iter().flatten().count();
    assert_eq!(count(&alone), count(&in_session), "the eras ask otherwise: {:?} {:?}", alone.asked, in_session.asked);
    alone
}

/// The text of a tool's result.
pub fn text(answer: &Value) -> &str {
    answer["content"][0]["text"].as_str().unwrap_or_else(|| panic!("it has no text: {answer}"))
}

fn outcome(answer: &mut Value) -> Value {
    let member = if answer.get("result").is_some() { "result" } else { "error" };
    answer[member].take()
}

fn find(answers: &Map<String, Value>, request: &Value) -> Value {
    let message = request["params"]["message"].as_str().unwrap_or_default();
    let method = request["method"].as_str().unwrap_or_default();
    let answer = answers.get(message).or_else(|| answers.get(method));
    answer.unwrap_or_else(|| panic!("nobody said what to answer to {request}")).clone()
}
