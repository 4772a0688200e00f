//! The server that fuzzers speak to, and how they do.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use mcp_runtime::MemoryClient;
use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

/// The tools that take arguments, by name.
pub const TOOLS: [&str; 5] = ["plain", "bounded", "nested", "lists", "tagged"];

#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
pub struct Plain {
    text: String,
    whole: i64,
    small: u8,
    float: f64,
    yes: bool,
    maybe: Option<String>,
}

/// What it gets it gives back: the result must be taken as arguments again, and be the same.
#[tool]
fn plain(text: String, whole: i64, small: u8, float: f64, yes: bool, maybe: Option<String>) -> Plain {
    Plain { text, whole, small, float, yes, maybe }
}

#[derive(Serialize, JsonSchema)]
struct Bounded {
    word: String,
    number: i64,
    code: String,
    some: Vec<u16>,
}

/// Arguments that are held to limits.
#[tool]
fn bounded(
    #[arg(length(1..=8))] word: String,
    #[arg(range(-5..=5), default = 1)] number: i64,
    #[arg(pattern = "^[a-z]{2}-[0-9]+$")] code: String,
    #[arg(length(..=3))] some: Vec<u16>,
) -> Bounded {
    Bounded { word, number, code, some }
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Node {
    name: String,
    #[serde(default)]
    children: Vec<Node>,
    #[serde(default)]
    notes: BTreeMap<String, Option<f32>>,
}

#[derive(Serialize, JsonSchema)]
struct Nested {
    node: Node,
}

/// A tree.
#[tool]
fn nested(node: Node) -> Nested {
    Nested { node }
}

#[derive(Serialize, JsonSchema)]
struct Lists {
    pairs: Vec<(i8, String)>,
    any: Value,
    letters: Option<Vec<char>>,
}

/// Lists of several kinds.
#[tool]
fn lists(pairs: Vec<(i8, String)>, any: Value, letters: Option<Vec<char>>) -> Lists {
    Lists { pairs, any, letters }
}

#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
enum Shape {
    Circle { radius: u32 },
    Polygon { corners: Vec<[i32; 2]> },
    Nothing,
}

#[derive(Deserialize, Serialize, JsonSchema)]
enum Color {
    Red,
    Mixed(u8, u8),
}

#[derive(Serialize, JsonSchema)]
struct Tagged {
    shape: Shape,
    color: Option<Color>,
}

/// Enums of two kinds.
#[tool]
fn tagged(shape: Shape, color: Option<Color>) -> Tagged {
    Tagged { shape, color }
}

#[derive(Elicit)]
struct Answer {
    word: String,
}

/// Asks before it answers.
#[tool]
async fn asking(ctx: &Ctx, about: &str) -> Result<String> {
    let answer: Answer = ctx.ask("word", elicit(format!("What of {about}?"))).await?;
    Ok(format!("done: {}", answer.word))
}

/// A file.
#[resource("files://{path*}")]
fn file(path: &str) -> String {
    path.to_owned()
}

/// Greets.
#[prompt]
fn greet(name: &str, times: Option<u8>) -> String {
    format!("{name} {times:?}")
}

pub fn server() -> Server {
    Server::new("fuzzed").build().expect("nothing is wrong with it")
}

/// One for all: what one input leaves behind, the next one meets.
pub fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> =
        LazyLock::new(|| Builder::new_current_thread().enable_all().build().expect("a runtime"));
    &RUNTIME
}

/// Sends a frame to a server in this process and reads its answer.
pub fn answer(frame: Vec<u8>) -> (String, Value) {
    thread_local! {
        static CLIENT: RefCell<Option<MemoryClient>> = const { RefCell::new(None) };
    }
    CLIENT.with_borrow_mut(|client| {
        runtime().block_on(async {
            let client = client.get_or_insert_with(|| server().connect());
            client.send(frame);
            // Answers to whatever else the frame was, before it.
            client.send(r#"{"jsonrpc":"2.0","id":"mark","method":"server/discover","params":{"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}}}"#);
            let mut first = None;
            loop {
                let text = client.receive().await.expect("the connection stays");
                let json: Value = serde_json::from_str(&text).expect("answers are JSON");
                assert_eq!(json["jsonrpc"], "2.0");
                if json["id"] == "mark" {
                    return first.unwrap_or((text, json));
                }
                assert!(first.is_none(), "one answer to one request: {text}");
                first = Some((text, json));
            }
        })
    })
}

/// A call that stands alone; `arguments` is put in as it is.
pub fn call(tool: &str, arguments: &[u8], more: &str) -> Vec<u8> {
    let meta = json!({ "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": { "elicitation": {} } });
    let mut frame = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"_meta":{meta},"name":"{tool}"{more},"arguments":"#
    )
    .into_bytes();
    frame.extend_from_slice(arguments);
    frame.extend_from_slice(b"}}");
    frame
}
