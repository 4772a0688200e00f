//! Asking the client, in both eras from one function.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_runtime::prelude::*;
use mcp_runtime::{AskError, Capability, MemoryClient, Question, Version};
use serde_json::{Value, json};

// Another test's client, of which this one needs most.
#[allow(dead_code)]
#[path = "http/client.rs"]
mod client;

// A test target's modules live in the directory of its name.
mod asking {
    mod caller;
    mod malformed;
    mod processes;
    mod sessions;
    mod strangers;
}

static GROUP: Group = Group::new("asking").version("1.0.0");

/// Asks for a word, by a form.
struct Word(&'static str);

impl Question for Word {
    type Answer = String;

    fn method(&self) -> &'static str {
        "elicitation/create"
    }

    fn needs(&self) -> Vec<Capability> {
        vec![Capability::Elicitation]
    }

    fn params(&self, version: Version) -> Result<String, String> {
        if version < Version::V2025_06_18 {
            return Err("elicitation".to_owned());
        }
        let schema = json!({ "type": "object", "properties": { "word": { "type": "string" } }, "required": ["word"] });
        Ok(json!({ "message": self.0, "requestedSchema": schema }).to_string())
    }

    fn read(&self, result: &str) -> Result<String, AskError> {
        let result: Value = serde_json::from_str(result).map_err(|error| AskError::Invalid(error.to_string()))?;
        match result["action"].as_str() {
            Some("accept") => match result["content"]["word"].as_str() {
                Some(word) => Ok(word.to_owned()),
                None => Err(AskError::Invalid("`word` is missing".to_owned())),
            },
            Some("decline") => Err(AskError::Declined),
            _ => Err(AskError::Cancelled),
        }
    }
}

#[derive(Clone, Default)]
struct Effects(Arc<AtomicUsize>);

/// Asks for two words, one after the other, with an effect in between.
#[tool(group = GROUP)]
async fn pair(ctx: &Ctx, effects: State<Effects>, greeting: &str) -> Result<String, Error> {
    let first = ctx.ask("first", Word("The first?")).await?;
    let number = ctx.once("effect", async || Ok(effects.0.fetch_add(1, Ordering::Relaxed) + 1)).await?;
    let second = ctx.ask("second", Word("The second?")).await?;
    Ok(format!("{greeting} {first} {second} {number}"))
}

/// Asks for two words at once.
#[tool(group = GROUP)]
async fn both(ctx: &Ctx) -> Result<String, Error> {
    let (left, right) = tokio::join!(ctx.ask("left", Word("Left?")), ctx.ask("right", Word("Right?")));
    Ok(format!("{} {}", left?, right?))
}

/// Asks under one key twice.
#[tool(group = GROUP)]
async fn twice(ctx: &Ctx) -> Result<String, Error> {
    let (_, second) = tokio::join!(ctx.ask("same", Word("One?")), ctx.ask("same", Word("Two?")));
    Ok(second?)
}

/// Asks, and goes on without the answer.
#[tool(group = GROUP)]
async fn impatient(ctx: &Ctx) -> Result<String, Error> {
    tokio::select! {
        biased;
        word = ctx.ask("word", Word("Quick?")) => Ok(word?),
        () = std::future::ready(()) => Ok("too late".to_owned()),
    }
}

/// Asks from a task of its own.
#[tool(group = GROUP)]
async fn spawned(ctx: &Ctx, effects: State<Effects>) -> Result<String, Error> {
    let (ctx, effects) = (ctx.clone(), effects.clone());
    let task = tokio::spawn(async move {
        let answer = ctx.ask("word", Word("From afar?")).await;
        if answer == Err(AskError::Gone) {
            effects.0.fetch_add(1, Ordering::Relaxed);
        }
        answer
    });
    Ok(task.await??)
}

fn server(effects: &Effects, key: u8) -> Server {
    Server::of(&GROUP).state(effects.clone()).state_keys([[key; 32]]).build().expect("a server")
}

/// A request of the stateless era.
fn stateless(id: u32, tool: &str, mut params: Value) -> String {
    params["name"] = tool.into();
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} },
    });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params }).to_string()
}

async fn receive(client: &mut MemoryClient) -> Value {
    serde_json::from_str(&client.receive().await.expect("a frame")).expect("JSON")
}

async fn call(client: &mut MemoryClient, tool: &str, params: Value) -> Value {
    client.send(stateless(1, tool, params));
    receive(client).await
}

fn word(word: &str) -> Value {
    json!({ "action": "accept", "content": { "word": word } })
}

fn text(answer: &Value) -> &str {
    answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}"))
}

#[tokio::test]
async fn without_a_session_the_call_is_answered_with_the_question_and_goes_on_with_the_answer() {
    let effects = Effects::default();
    let arguments = json!({ "greeting": "hello" });
    let mut one = server(&effects, 1).connect();
    let first = call(&mut one, "pair", json!({ "arguments": arguments })).await;
    assert_eq!(first["result"]["resultType"], "input_required", "{first}");
    assert_eq!(first["result"]["inputRequests"]["first"]["method"], "elicitation/create", "{first}");
    let state = first["result"]["requestState"].clone();
    let round = json!({ "arguments": arguments, "requestState": state, "inputResponses": { "first": word("a") } });
    let second = call(&mut one, "pair", round).await;
    assert!(second["result"]["inputRequests"]["second"].is_object(), "{second}");
    // Another process with the same key goes on with it.
    let mut other = server(&effects, 1).connect();
    let state = &second["result"]["requestState"];
    let last = json!({ "arguments": arguments, "requestState": state, "inputResponses": { "second": word("b") } });
    let third = call(&mut other, "pair", last).await;
    assert_eq!((text(&third), third["result"]["resultType"].as_str()), ("hello a b 1", Some("complete")));
    assert_eq!(effects.0.load(Ordering::Relaxed), 1, "the effect is made once");
}

#[tokio::test]
async fn in_a_session_the_question_is_a_request_and_the_function_waits() {
    let mut client = server(&Effects::default(), 1).connect();
    client.send(json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": { "elicitation": {} }, "clientInfo": { "name": "t", "version": "1" },
    } }).to_string());
    assert!(receive(&mut client).await["result"].is_object());
    let params = json!({ "name": "pair", "arguments": { "greeting": "hi" } });
    client.send(json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params }).to_string());
    for (message, answer) in [("The first?", word("a")), ("The second?", word("b"))] {
        let question = receive(&mut client).await;
        assert_eq!(question["params"]["message"], message, "{question}");
        client.send(json!({ "jsonrpc": "2.0", "id": question["id"], "result": answer }).to_string());
    }
    assert_eq!(text(&receive(&mut client).await), "hi a b 1");
}

#[tokio::test]
async fn questions_that_are_asked_at_once_travel_together() {
    let mut client = server(&Effects::default(), 1).connect();
    let first = call(&mut client, "both", json!({})).await;
    let asked = first["result"]["inputRequests"].as_object().unwrap_or_else(|| panic!("{first}"));
    assert_eq!(asked.keys().collect::<Vec<_>>(), ["left", "right"]);
    // One answer is missing: it is asked for again, and the other is kept. One that nobody asked for is nothing.
    let state = &first["result"]["requestState"];
    let half = json!({ "requestState": state, "inputResponses": { "left": word("a"), "up": word("c") } });
    let second = call(&mut client, "both", half).await;
    let asked = second["result"]["inputRequests"].as_object().unwrap_or_else(|| panic!("{second}"));
    assert_eq!(asked.keys().collect::<Vec<_>>(), ["right"]);
    let state = &second["result"]["requestState"];
    let rest = json!({ "requestState": state, "inputResponses": { "right": word("b") } });
    assert_eq!(text(&call(&mut client, "both", rest).await), "a b");
}

#[tokio::test]
async fn a_state_that_is_not_this_calls_is_refused() {
    let mut client = server(&Effects::default(), 1).connect();
    let arguments = json!({ "greeting": "hello" });
    let first = call(&mut client, "pair", json!({ "arguments": arguments })).await;
    let state = first["result"]["requestState"].as_str().expect("a state").to_owned();
    let responses = json!({ "first": word("a") });
    let with = |state: &str| json!({ "arguments": arguments, "requestState": state, "inputResponses": responses });
    for at in 0..state.len() {
        let mut other = state.clone().into_bytes();
        other[at] = if other[at] == b'A' { b'B' } else { b'A' };
        let answer = call(&mut client, "pair", with(&String::from_utf8(other).expect("ASCII"))).await;
        assert_eq!(answer["error"]["code"], -32602, "changed at {at}: {answer}");
    }
    for (tool, arguments) in
        [("pair", json!({ "greeting": "other" })), ("both", json!({})), ("twice", arguments.clone())]
    {
        let params = json!({ "arguments": arguments, "requestState": state, "inputResponses": responses });
        assert_eq!(call(&mut client, tool, params).await["error"]["code"], -32602, "{tool}");
    }
    let mut stranger = server(&Effects::default(), 2).connect();
    assert_eq!(call(&mut stranger, "pair", with(&state)).await["error"]["code"], -32602);
    assert!(call(&mut client, "pair", with(&state)).await["result"]["inputRequests"]["second"].is_object());
}

#[tokio::test]
async fn what_cannot_be_asked_ends_the_call_or_comes_back_as_an_error() {
    let mut client = server(&Effects::default(), 1).connect();
    let twice = call(&mut client, "twice", json!({})).await;
    assert!(twice["result"]["inputRequests"]["same"].is_object() || text(&twice).contains("asked twice"), "{twice}");
    assert_eq!(text(&call(&mut client, "impatient", json!({})).await), "too late");
    let mut mute: Value = serde_json::from_str(&stateless(1, "both", json!({}))).expect("JSON");
    mute["params"]["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({});
    client.send(mute.to_string());
    let refused = receive(&mut client).await;
    assert_eq!(refused["error"]["code"], -32021, "{refused}");
    assert!(refused["error"]["data"]["requiredCapabilities"]["elicitation"].is_object(), "{refused}");
    let declined =
        call(&mut client, "both", json!({ "inputResponses": { "left": { "action": "decline" }, "right": word("b") } }));
    let declined = declined.await;
    assert_eq!((text(&declined), &declined["result"]["isError"]), ("the user declined to answer", &json!(true)));
}

#[tokio::test]
async fn a_task_that_asks_is_told_when_nobody_waits_for_it_any_more() {
    let effects = Effects::default();
    let mut client = server(&effects, 1).connect();
    let first = call(&mut client, "spawned", json!({})).await;
    assert!(first["result"]["inputRequests"]["word"].is_object(), "{first}");
    while effects.0.load(Ordering::Relaxed) == 0 {
        tokio::task::yield_now().await;
    }
    let state = &first["result"]["requestState"];
    let last = json!({ "requestState": state, "inputResponses": { "word": word("here") } });
    assert_eq!(text(&call(&mut client, "spawned", last).await), "here");
}
