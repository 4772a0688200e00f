//! What the macros make of doc comments and of types: what clients are told is what the compiler knows, however it is
//! written.

use mcp_runtime::MemoryClient;
use mcp_runtime::prelude::*;
use mcp_tests::logged::logged;
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

#[derive(Clone, Copy, Debug, Default, serde::Deserialize, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Unit {
    Celsius,
    #[default]
    Kelvin,
}

/// Has a default for everything, and says none.
#[tool(group = GROUP)]
fn bare(
    #[arg(default)] list: Vec<u8>,
    #[arg(default)] texts: Vec<&str>,
    #[arg(default)] text: &str,
    #[arg(default, range(..9))] number: Number,
    #[arg(default)] unit: Unit,
) -> String {
    format!("{list:?} {texts:?} {text:?} {number} {unit:?}")
}

/// Has such defaults in the query.
#[resource("preset://page{?name,size}", group = GROUP)]
fn preset(#[arg(default)] name: &str, #[arg(default)] size: Number) -> String {
    format!("{name:?} {size}")
}

/// Fills in a form with such defaults.
#[tool(group = GROUP)]
async fn fill(ctx: &Ctx) -> Result<String> {
    let Bare { count, word } = ctx.ask("bare", elicit("?")).await?;
    Ok(format!("{count} {word:?}"))
}

#[derive(Elicit)]
struct Bare {
    #[elicit(default)]
    count: u8,
    #[elicit(default)]
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

#[tokio::test]
async fn a_default_without_a_value_is_that_of_the_type() {
    let mut client = client();
    let tools = answer(&mut client, "tools/list", json!({})).await;
    let bare = tools["tools"].as_array().into_iter().flatten().find(|tool| tool["name"] == "bare").expect("it");
    let schema = &bare["inputSchema"];
    assert_eq!(schema.get("required").cloned().unwrap_or_default().as_array().map_or(0, Vec::len), 0, "{schema}");
    let of = |argument: &str| schema["properties"][argument]["default"].clone();
    assert_eq!(
        [of("list"), of("texts"), of("text"), of("number"), of("unit")],
        [json!([]), json!([]), json!(""), json!(0), json!("kelvin")]
    );
    let called = answer(&mut client, "tools/call", json!({ "name": "bare", "arguments": {} })).await;
    assert_eq!(called["content"][0]["text"], r#"[] [] "" 0 Kelvin"#);
    let given = json!({ "list": [1], "texts": ["a"], "text": "b", "number": 3, "unit": "celsius" });
    let called = answer(&mut client, "tools/call", json!({ "name": "bare", "arguments": given })).await;
    assert_eq!(called["content"][0]["text"], r#"[1] ["a"] "b" 3 Celsius"#);

    let read = answer(&mut client, "resources/read", json!({ "uri": "preset://page" })).await;
    assert_eq!(read["contents"][0]["text"], r#""" 0"#);

    let asked = answer(&mut client, "tools/call", json!({ "name": "fill" })).await;
    let form = &asked["inputRequests"]["bare"]["params"]["requestedSchema"];
    assert_eq!(form["properties"]["count"]["default"], 0, "{asked}");
    assert_eq!(form["properties"]["word"]["default"], "", "{asked}");
    let accepted = json!({ "bare": { "action": "accept", "content": {} } });
    let answers = json!({ "name": "fill", "requestState": asked["requestState"], "inputResponses": accepted });
    let filled = answer(&mut client, "tools/call", answers).await;
    assert_eq!(filled["content"][0]["text"], r#"0 """#, "{filled}");
}

/// Results of all kinds; one of them forgets what its schema is.
mod results {
    use mcp_runtime::prelude::*;

    pub static GROUP: Group = Group::new("results").version("1.0.0");

    #[derive(serde::Serialize)]
    pub struct Point {
        x: f64,
    }

    #[derive(serde::Serialize, schemars::JsonSchema)]
    pub struct Described {
        x: f64,
    }

    pub const FIRST: u32 = line!() + 4;

    /// Moves.
    #[tool(group = GROUP)]
    fn go() -> Result<Point> {
        Ok(Point { x: 1.0 })
    }

    /// Moves, and needs no schema.
    #[tool(group = GROUP, output = off)]
    fn go_quietly() -> Point {
        Point { x: 1.0 }
    }

    /// Moves, and says what it returns.
    #[tool(group = GROUP)]
    fn go_described() -> Described {
        Described { x: 1.0 }
    }

    /// Is text.
    #[tool(group = GROUP)]
    fn say() -> &'static str {
        "text"
    }

    /// Says nothing.
    #[tool(group = GROUP)]
    fn rest() {}
}

#[test]
fn a_result_without_a_schema_is_warned_of_at_start() {
    let (server, log) = logged(|| Server::of(&results::GROUP).build());
    assert!(server.is_ok());
    assert_eq!(log.lines().count(), 1, "{log}");
    let place = format!("declared.rs:{}", results::FIRST);
    for words in
        ["tool `go`", &place, "`declared::results::Point`", "`schemars::JsonSchema`", "`#[tool(output = off)]`"]
    {
        assert!(log.contains(words), "{words}: {log}");
    }
}

/// Deserializes, and does not serialize.
#[derive(Clone, Copy, Debug, serde::Deserialize, schemars::JsonSchema)]
enum Flavour {
    Mild,
    Strong,
}

static DEFAULTS: Group = Group::new("defaults");

/// Has a default that its schema cannot tell.
#[tool(group = DEFAULTS)]
fn brew(#[arg(default = Flavour::Mild)] flavour: Flavour, #[arg(default = 1 + 1)] cups: u8) -> String {
    format!("{cups} {flavour:?}")
}

#[test]
fn a_default_that_clients_do_not_learn_is_warned_of_at_start() {
    let (server, said) = logged(|| Server::of(&DEFAULTS).build());
    server.expect("it starts");
    let expected = "the type of `flavour` does not implement `serde::Serialize`, so clients do not learn its default";
    assert!(said.contains("tool `brew` (") && said.contains(expected), "{said}");
    assert!(!said.contains("cups"), "{said}");
    let _ = Flavour::Strong;
}
