//! What the macros make of doc comments and of types: what clients are told is what the compiler knows, however it is
//! written.

use mcp_runtime::MemoryClient;
use mcp_runtime::prelude::*;
use serde_json::{Value, json};

static GROUP: Group = Group::new("declared").version("1.0.0");

/// Finds.
/// Never twice.
///　　At most ten.
///   - Indented.
#[tool(group = GROUP)]
fn lines(
    /** What to find.
     *
     *  - one
     *  - two
     */
    text: &str,
    /**
       Where.
         In a list.
    */
    places: Vec<String>,
    /// How.
    #[doc = concat!("Or ", "not", '.')]
    how: Option<String>,
) -> String {
    format!("{text} {places:?} {how:?}")
}

/**
 * Reads.
 * **All** of it.
 */
#[resource("declared://{name}{?page,size}", group = GROUP)]
fn starred(name: &str, page: Maybe<u8>, #[arg(default = 9)] size: Number) -> String {
    format!("{name} {page:?} {size}")
}

/// Is told below.
#[doc = include_str!("../rustfmt.toml")]
#[prompt(group = GROUP)]
fn included(a: Maybe<u8>, b: Option<u8>, c: Word<Color>, d: u8, e: Color) -> String {
    format!("{a:?} {b:?} {c:?} {d} {e:?}")
}

type Maybe<T> = Option<T>;
type Word<T> = Maybe<T>;
type Number = u8;

/// Read by serde alone.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Color {
    Red,
}

/// Asks.
#[tool(group = GROUP)]
async fn ask(ctx: &Ctx) -> Result<String> {
    let Form { word } = ctx.ask("form", elicit("?")).await?;
    Ok(word)
}

#[derive(Elicit)]
struct Form {
    /** A word.
     * Or two.
     */
    word: String,
}

async fn answer(client: &mut MemoryClient, method: &str, mut params: Value) -> Value {
    params["_meta"] = json!({
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": { "name": "t", "version": "1" },
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": { "form": {} } },
    });
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    client.send(request.to_string());
    let answer = client.receive().await.expect("an answer");
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    answer["result"].clone()
}

fn client() -> MemoryClient {
    Server::of(&GROUP).build().expect("nothing is wrong with it").connect()
}

#[tokio::test]
async fn doc_comments_are_what_rustdoc_shows() {
    let mut client = client();
    let tools = answer(&mut client, "tools/list", json!({})).await;
    let lines = tools["tools"].as_array().into_iter().flatten().find(|tool| tool["name"] == "lines").expect("it");
    assert_eq!(lines["description"], "Finds.\nNever twice.\n\u{3000}At most ten.\n  - Indented.");
    let of = |argument: &str| lines["inputSchema"]["properties"][argument]["description"].clone();
    assert_eq!(of("text"), "What to find.\n\n - one\n - two");
    assert_eq!(of("places"), "Where.\n  In a list.");
    assert_eq!(of("how"), "How.\nOr not.");

    let templates = answer(&mut client, "resources/templates/list", json!({})).await;
    assert_eq!(templates["resourceTemplates"][0]["description"], "Reads.\n**All** of it.");

    let prompts = answer(&mut client, "prompts/list", json!({})).await;
    let included = prompts["prompts"][0]["description"].as_str().expect("a description");
    assert!(included.starts_with("Is told below.\n") && included.ends_with(char::is_alphanumeric), "{included:?}");

    let asked = answer(&mut client, "tools/call", json!({ "name": "ask" })).await;
    let form = &asked["inputRequests"]["form"]["params"]["requestedSchema"];
    assert_eq!(form["properties"]["word"]["description"], "A word.\nOr two.", "{asked}");
}

#[tokio::test]
async fn an_alias_of_option_may_be_left_out() {
    let mut client = client();
    let prompts = answer(&mut client, "prompts/list", json!({})).await;
    let arguments = prompts["prompts"][0]["arguments"].as_array().expect("a list");
    let required: Vec<bool> = arguments.iter().map(|argument| argument["required"] == true).collect();
    assert_eq!(required, [false, false, false, true, true]);
    let given = json!({ "name": "included", "arguments": { "d": "4", "e": "red" } });
    let got = answer(&mut client, "prompts/get", given).await;
    assert_eq!(got["messages"][0]["content"]["text"], "None None None 4 Red");
    let read = answer(&mut client, "resources/read", json!({ "uri": "declared://a" })).await;
    assert_eq!(read["contents"][0]["text"], "a None 9");
}
