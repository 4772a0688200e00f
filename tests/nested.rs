//! Calls that a handler makes of its own server, and questions asked by hand: the same function in both eras.

use mcp_runtime::prelude::*;
use mcp_runtime::{RawElicitation, elicit_raw};
use mcp_tests::answering::{alone, ask, play, play_alone, play_in_session, text};
use serde_json::{Map, Value, json};

static GROUP: Group = Group::new("nested").version("1.0.0");

fn question(message: &str) -> RawElicitation {
    let name = json!({ "type": "object", "properties": { "name": { "type": "string" } }, "required": ["name"] });
    elicit_raw(message, name.to_string())
}

/// Adds two numbers.
#[tool(group = GROUP)]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Fails.
#[tool(group = GROUP)]
fn refuse() -> Result<String> {
    Err(Error::new("not today"))
}

/// Asks for a name.
#[tool(group = GROUP)]
async fn name(ctx: &Ctx, of: &str) -> Result<String> {
    let answer = ctx.ask("name", question(&format!("The name of {of}?"))).await?;
    Ok(answer["name"].as_str().unwrap_or_default().to_owned())
}

/// A note.
#[resource("note://{id}", group = GROUP)]
fn note(id: u32) -> String {
    format!("note {id}")
}

/// A picture.
#[resource("app://picture", group = GROUP, mime = "image/png")]
fn picture() -> Vec<u8> {
    vec![0x89, 0xff]
}

/// Asks for a review.
#[prompt(group = GROUP)]
fn review(code: &str) -> String {
    format!("Review {code}")
}

/// Uses all the others.
#[tool(group = GROUP)]
async fn everything(ctx: &Ctx) -> Result<String> {
    let sum: i64 = ctx.call("add", json!({ "a": 2, "b": 3 })).await?.value()?;
    let note = ctx.read("note://7").await?.text();
    let picture = ctx.read("app://picture").await?.contents.remove(0);
    let review = ctx.prompt("review", json!({ "code": "x" })).await?.text();
    Ok(format!("{sum}, {note}, {:?} {:?}, {review}", picture.mime_type, picture.blob))
}

/// Asks for two names through another tool.
#[tool(group = GROUP)]
async fn names(ctx: &Ctx) -> Result<String> {
    let (one, two) =
        tokio::join!(ctx.call("name", json!({ "of": "the dog" })), ctx.call("name", json!({ "of": "the cat" })),);
    let own = ctx.ask("name", question("Your own name?")).await?;
    Ok(format!("{} {} {}", one?.text(), two?.text(), own["name"].as_str().unwrap_or_default()))
}

/// What goes wrong, in words.
#[tool(group = GROUP)]
async fn wrong(ctx: &Ctx) -> String {
    let failures = [
        ctx.call("refuse", ()).await.map(|result| result.text()),
        ctx.call("ad", json!({})).await.map(|result| result.text()),
        ctx.call("add", json!({ "a": "two" })).await.map(|result| result.text()),
        ctx.call("add", [1, 2]).await.map(|result| result.text()),
        ctx.read("note://seven").await.map(|result| result.text()),
        ctx.prompt("review", json!({})).await.map(|result| result.text()),
    ];
    failures.map(|failure| failure.expect_err("it fails").to_string()).join("\n")
}

/// Calls itself.
#[tool(group = GROUP)]
async fn endless(ctx: &Ctx) -> Result<String> {
    Ok(Box::pin(ctx.call("endless", ())).await?.text())
}

/// Passes on what another tool has said.
#[tool(group = GROUP)]
async fn pass_on(ctx: &Ctx) -> Result<mcp_runtime::CallToolResult> {
    ctx.call("add", json!({ "a": 20, "b": 22 })).await
}

/// Says something of its result.
#[tool(group = GROUP)]
fn labelled() -> ToolResult {
    ToolResult::text("42").meta("example.com/label", "the answer")
}

/// Passes on what another tool has said of its result.
#[tool(group = GROUP)]
async fn pass_on_labelled(ctx: &Ctx) -> Result<mcp_runtime::CallToolResult> {
    ctx.call("labelled", ()).await
}

/// Asks by hand, and counts its rounds.
#[tool(group = GROUP)]
fn by_hand(ctx: &Ctx) -> Result<String> {
    let rounds: u32 = ctx.request_state()?.unwrap_or(0);
    let asked = InputRequired::new().state(&(rounds + 1));
    let Some(name) = ctx.answer("name", &question("Who?")) else {
        return Err(asked.ask("name", question("Who?")).ask("roots", roots()).into());
    };
    let directories = ctx.answer("roots", &roots()).ok_or_else(|| Error::new("no roots"))??;
    let Some(again) = ctx.answer("again", &question("Really?")) else {
        return Err(asked.ask("again", question("Really?")).into());
    };
    let (name, again) = (name?, again?);
    Ok(format!("{} {} {} {rounds}", name["name"], again["name"], directories.len()))
}

/// Asks by hand, within another.
#[tool(group = GROUP)]
async fn around(ctx: &Ctx) -> Result<String> {
    let own = ctx.ask("own", question("Your own name?")).await?;
    Ok(format!("{} ({})", ctx.call("by_hand", ()).await?.text(), own["name"]))
}

/// Never has enough.
#[tool(group = GROUP)]
fn insatiable(ctx: &Ctx) -> Result<String> {
    let _ = ctx;
    Err(InputRequired::new().ask("name", question("Who?")).into())
}

/// Only wants to be called again.
#[tool(group = GROUP)]
fn later(ctx: &Ctx) -> Result<String> {
    match ctx.request_state::<String>()? {
        None => Err(InputRequired::new().state(&"a while").into()),
        Some(state) => Ok(state),
    }
}

fn server() -> Server {
    Server::of(&GROUP).build().expect("a server")
}

fn named(name: &str) -> Value {
    json!({ "action": "accept", "content": { "name": name } })
}

async fn play_tool(tool: &str, answers: Value) -> Value {
    play(&server(), "tools/call", json!({ "name": tool }), answers).await.answer
}

#[tokio::test]
async fn a_handler_uses_the_tools_resources_and_prompts_of_its_server() {
    let answer = play_tool("everything", json!({})).await;
    assert_eq!(text(&answer), r#"5, note 7, Some("image/png") Some([137, 255]), Review x"#);
}

#[tokio::test]
async fn questions_of_a_tool_that_was_called_travel_under_its_name() {
    let mut client = server().connect();
    let first = ask(&mut client, 1, "tools/call", alone(json!({ "name": "names" }))).await;
    let asked = first["result"]["inputRequests"].as_object().unwrap_or_else(|| panic!("{first}"));
    assert_eq!(asked.keys().collect::<Vec<_>>(), ["name#2/name", "name/name"]);
    let answers = json!({
        "The name of the dog?": named("Rex"), "The name of the cat?": named("Tom"), "Your own name?": named("Ada"),
    });
    assert_eq!(text(&play_tool("names", answers).await), "Rex Tom Ada");
}

#[tokio::test]
async fn what_goes_wrong_within_comes_back_as_an_error() {
    let answer = play_tool("wrong", json!({})).await;
    let expected = [
        "not today",
        "Unknown tool: ad; did you mean `add`? (-32602)",
        "Invalid arguments:\n- /a: expected an integer, got the string \"two\"\n- /b: missing",
        "arguments are an object, not [1,2]",
        "Invalid arguments:\n- /id: expected an integer from 0 to 4294967295, got \"seven\" (-32602)",
        "Invalid arguments:\n- /code: missing (-32602)",
    ];
    assert_eq!(text(&answer), expected.join("\n"));
}

#[tokio::test]
async fn a_tool_that_calls_itself_is_stopped() {
    let mut client = server().connect();
    let answer = ask(&mut client, 1, "tools/call", alone(json!({ "name": "endless" }))).await;
    assert_eq!(answer["error"]["code"], -32603, "{answer}");
}

#[tokio::test]
async fn what_another_tool_has_said_is_passed_on_whole() {
    let answer = play_tool("pass_on", json!({})).await;
    assert_eq!((text(&answer), &answer["structuredContent"]), ("42", &json!({ "result": 42 })));
    // In both eras, whose `_meta` differ otherwise.
    let (server, params) = (server(), json!({ "name": "pass_on_labelled" }));
    for played in [
        play_alone(&server, "tools/call", &params, &Map::new()).await,
        play_in_session(&server, "tools/call", &params, &Map::new()).await,
    ] {
        let answer = played.answer;
        assert_eq!((text(&answer), &answer["_meta"]["example.com/label"]), ("42", &json!("the answer")));
    }
    // The name of the server is there once.
    let mut client = server.connect();
    let params = alone(params).to_string();
    client.send(format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#));
    let answer = client.receive().await.expect("an answer");
    assert_eq!(answer.matches("io.modelcontextprotocol/serverInfo").count(), 1, "{answer}");
}

#[tokio::test]
async fn what_is_asked_by_hand_is_asked_in_both_eras() {
    let answers = json!({
        "Who?": named("Ada"), "Really?": named("yes"), "roots/list": { "roots": [{ "uri": "file:///tmp" }] },
    });
    let played = play(&server(), "tools/call", json!({ "name": "by_hand" }), answers).await;
    assert_eq!(text(&played.answer), r#""Ada" "yes" 1 2"#);
    assert_eq!(played.asked, [vec!["elicitation/create", "roots/list"], vec!["elicitation/create"]]);
}

#[tokio::test]
async fn what_is_asked_by_hand_within_another_call_is_asked_too() {
    let answers = json!({
        "Your own name?": named("Eve"), "Who?": named("Ada"), "Really?": named("yes"), "roots/list": { "roots": [] },
    });
    assert_eq!(text(&play_tool("around", answers).await), r#""Ada" "yes" 0 2 ("Eve")"#);
}

#[tokio::test]
async fn a_refusal_by_the_client_reaches_a_handler_that_asks_by_hand() {
    let mut client = mcp_tests::answering::with_session(&server()).await;
    let mut message = ask(&mut client, 1, "tools/call", json!({ "name": "by_hand" })).await;
    while message.get("method").is_some() {
        let error = json!({ "code": -1, "message": "No human here" });
        client.send(json!({ "jsonrpc": "2.0", "id": message["id"], "error": error }).to_string());
        message = mcp_tests::answering::receive(&mut client).await;
    }
    assert_eq!(text(&message["result"]), "the client did not answer: No human here");
}

#[tokio::test]
async fn a_handler_that_never_has_enough_is_stopped_in_a_session() {
    let mut client = mcp_tests::answering::with_session(&server()).await;
    let mut message = ask(&mut client, 1, "tools/call", json!({ "name": "insatiable" })).await;
    let mut rounds = 0;
    while message.get("method").is_some() {
        rounds += 1;
        assert!(rounds <= 1000, "it is never stopped");
        client.send(json!({ "jsonrpc": "2.0", "id": message["id"], "result": named("Ada") }).to_string());
        message = mcp_tests::answering::receive(&mut client).await;
    }
    assert_eq!((rounds, text(&message["result"])), (100, "Internal error"));
}

#[tokio::test]
async fn a_handler_may_only_want_to_be_called_again() {
    let played = play(&server(), "tools/call", json!({ "name": "later" }), json!({})).await;
    assert_eq!((text(&played.answer), played.asked.len()), ("a while", 1));
    let alone = play_alone(&server(), "tools/call", &json!({ "name": "later" }), &Default::default()).await;
    assert_eq!(alone.asked, [Vec::<String>::new()]);
}

#[tokio::test]
async fn what_the_client_cannot_be_asked_by_hand_is_refused() {
    let mut client = server().connect();
    let mut params = alone(json!({ "name": "by_hand" }));
    params["_meta"]["io.modelcontextprotocol/clientCapabilities"] = json!({ "elicitation": {} });
    let answer = ask(&mut client, 1, "tools/call", params).await;
    assert_eq!(answer["error"]["code"], -32021, "{answer}");
    assert!(answer["error"]["data"]["requiredCapabilities"]["roots"].is_object(), "{answer}");
}
