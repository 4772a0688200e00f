//! Schemas that are given, not made from a type's parameters, and those that are listed as they are.

use mcp_runtime::ServerBuilder;
use mcp_runtime::dynamic::Tool;
use mcp_runtime::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::agreement::agree;
use super::client::Client;
use super::dialects::{at_root, everywhere};
use super::types::*;

static EXACT: Group = Group::new("exact");

/// Lists its schema as it is.
#[tool(group = EXACT, schema = exact)]
fn exact(#[arg(flatten)] action: Action) -> Action {
    action
}

/// Lists the same as one object.
#[tool(group = EXACT)]
fn merged(#[arg(flatten)] action: Action) -> Action {
    action
}

#[tokio::test]
async fn an_exact_schema_is_listed_where_it_is_asked_for() {
    let tools = Client::of(Server::of(&EXACT)).tools().await;
    let schema = &tools["exact"]["inputSchema"];
    assert_eq!((schema["oneOf"].as_array().map(Vec::len), &schema["type"]), (Some(2), &json!("object")));
}

static BY_HAND: Group = Group::new("by_hand");

/// Has a schema written by hand.
#[tool(group = BY_HAND, input = r#"{ "type": "object" }"#)]
fn bare(#[arg(flatten)] all: Value) -> Value {
    all
}

#[tokio::test]
async fn a_schema_by_hand_without_properties_lists_that_there_are_none() {
    let made = Tool::new("made", json!({ "type": "object" }));
    let made = made.handler(async |all: Value, _ctx| all);
    let tools = Client::of(Server::of(&BY_HAND).add(made)).tools().await;
    for tool in ["bare", "made"] {
        assert_eq!(tools[tool]["inputSchema"], json!({ "type": "object", "properties": {} }), "{tool}");
    }
}

/// Tools that are made at run time, with the schema of a type: one is listed for everybody, the other as it is.
fn made<T: schemars::JsonSchema + Serialize + DeserializeOwned + Send + 'static>() -> ServerBuilder {
    let tool = |name: &str| {
        let tool = Tool::new(name, schemars::schema_for!(T));
        tool.handler(async |all: T, _ctx| serde_json::to_value(all).map_err(Error::new))
    };
    Server::empty("made").add(tool("flat")).add(tool("exact_flat").exact())
}

#[tokio::test]
async fn a_schema_given_at_run_time_is_listed_as_that_of_a_function_and_held_to() {
    let function = Server::of(&EXACT);
    let function = Client::of(function).tools().await.remove("merged").expect("it is there");
    let made_tools = Client::of(made::<Action>()).tools().await;
    let mut listed = made_tools["flat"]["inputSchema"].clone();
    assert_eq!(listed.as_object_mut().and_then(|schema| schema.remove("title")), Some("Action".into()));
    assert_eq!(listed, function["inputSchema"]);
    let exact = &made_tools["exact_flat"]["inputSchema"];
    assert_eq!(exact["oneOf"].as_array().map(Vec::len), Some(2), "{exact}");
    for server in [
        made::<Action>,
        made::<Adjacent>,
        made::<Deep>,
        made::<Expr>,
        made::<Flattened>,
        made::<Limited>,
        made::<Lookup>,
        made::<Odd<u8>>,
        made::<Perhaps>,
        made::<Shape>,
        made::<Tree>,
        made::<TwoChoices>,
        made::<Within<std::net::IpAddr>>,
        made::<Within<(u8, Value)>>,
    ] {
        let schema = &Client::of(server()).tools().await["flat"]["inputSchema"];
        at_root(schema);
        everywhere(schema);
        agree(server()).await;
    }
}

#[tokio::test]
async fn a_schema_of_an_older_draft_is_listed_in_todays_words() {
    let schema = json!({ "$schema": "http://json-schema.org/draft-07/schema#", "$ref": "#/definitions/Args",
        "definitions": { "Args": { "type": "object", "required": ["n"], "properties": {
            "n": { "type": "integer", "format": "uint8" }, "list": { "type": "array" }, "rest": true,
            "next": { "$ref": "#/definitions/Args" } } } } });
    let output = json!({ "type": "object", "properties": { "pair": { "type": "array", "format": "pair" }, "own": { "$ref": "#" } } });
    let tool = Tool::new("old", schema).output(output).handler(async |all: Value, _ctx| all);
    let mut client = Client::of(Server::empty("old").add(tool));
    let tool = client.tools().await.remove("old").expect("it is there");
    let args = json!({ "type": "object", "required": ["n"], "properties": {
        "n": { "type": "integer" }, "list": { "type": "array", "items": {} }, "rest": {},
        "next": { "$ref": "#/$defs/Args" } } });
    let mut listed = args.clone();
    listed["$defs"] = json!({ "Args": args });
    assert_eq!(tool["inputSchema"], listed);
    everywhere(&tool["outputSchema"]);
    assert_eq!(tool["outputSchema"]["properties"]["pair"], json!({ "type": "array", "items": {} }));
    for (n, is_taken) in [(255, true), (256, false)] {
        let result = client.call("old", &json!({ "n": 1, "next": { "n": n } })).await;
        assert_eq!(result["isError"] != true, is_taken, "{result}");
    }
}

static OUTPUTS: Group = Group::new("outputs");

/// What a report has.
#[derive(Serialize, schemars::JsonSchema)]
struct Report {
    pages: u8,
}

const REPORT: &str = r#"{ "type": "object", "required": ["pages"], "properties": { "pages": { "type": "integer" } } }"#;

/// Writes its result itself.
#[tool(group = OUTPUTS, output = Report)]
fn of_a_type(pages: u8) -> Result<ToolResult> {
    Ok(ToolResult::text("a report").structured(Report { pages }))
}

/// Has a type that says nothing of its members.
#[tool(group = OUTPUTS, output = Report)]
fn of_any_json(pages: u8) -> Value {
    json!({ "pages": pages })
}

/// Has a schema that was written by hand.
#[tool(group = OUTPUTS, output = REPORT)]
fn by_hand(pages: u8) -> ToolResult {
    ToolResult::text("a report").structured(json!({ "pages": pages }))
}

/// Has a schema that is made, and a type without one.
#[tool(group = OUTPUTS, output = schemars::schema_for!(Report))]
fn made_of_a_type(pages: u8) -> Value {
    json!({ "pages": pages })
}

/// Has a type that is no object, and a value that is not one either.
#[tool(group = OUTPUTS, output = Vec<Report>)]
fn of_a_list(pages: u8) -> Value {
    json!([{ "pages": pages }])
}

#[tokio::test]
async fn an_output_schema_is_given_by_an_option() {
    let mut client = Client::of(Server::of(&OUTPUTS));
    let tools = client.tools().await;
    for tool in ["of_a_type", "of_any_json", "by_hand", "made_of_a_type"] {
        let schema = &tools[tool]["outputSchema"];
        assert_eq!((&schema["type"], &schema["required"]), (&json!("object"), &json!(["pages"])), "{tool}");
        everywhere(schema);
        let result = client.call(tool, &json!({ "pages": 3 })).await;
        assert_eq!(result["structuredContent"], json!({ "pages": 3 }), "{tool}");
    }
    assert_eq!(tools["of_a_list"]["outputSchema"]["properties"]["result"]["type"], "array");
    let result = client.call("of_a_list", &json!({ "pages": 3 })).await;
    assert_eq!(result["structuredContent"], json!({ "result": [{ "pages": 3 }] }));
}

/// Has a number that JSON does not have.
#[tool(group = OUTPUTS)]
fn of_no_number() -> ToolResult {
    ToolResult::text("a report").meta("example.com/pages", f64::NAN)
}

#[tokio::test]
async fn a_member_of_meta_that_cannot_be_json_is_an_error() {
    let result = Client::of(Server::of(&OUTPUTS)).call("of_no_number", &json!({})).await;
    assert_eq!(result["isError"], true);
    assert_eq!(result["content"][1]["text"], "the result is NaN, which JSON has no number for");
    assert_eq!(result["_meta"]["example.com/pages"], Value::Null);
}

static BAD_OUTPUTS: Group = Group::new("bad_outputs");

/// Has a list, which nobody wraps.
#[tool(group = BAD_OUTPUTS, output = Vec<Report>)]
fn list() -> ToolResult {
    ToolResult::new()
}

/// Has a schema of something else.
#[tool(group = BAD_OUTPUTS, output = r#"{ "type": "string" }"#)]
fn string() -> ToolResult {
    ToolResult::new()
}

/// Has an object's schema, and is not always one.
#[tool(group = BAD_OUTPUTS, output = REPORT)]
fn perhaps() -> Option<Report> {
    None
}

/// Names an object's type, and is a list of them.
#[tool(group = BAD_OUTPUTS, output = Report)]
fn several() -> Vec<Report> {
    Vec::new()
}

/// Names an object's type, and is perhaps one.
#[tool(group = BAD_OUTPUTS, output = Report)]
fn one_perhaps() -> Option<Report> {
    None
}

/// Has no schema.
#[tool(group = BAD_OUTPUTS, output = "a report")]
fn words() -> ToolResult {
    ToolResult::new()
}

#[test]
fn an_output_schema_that_cannot_be_stops_the_start() {
    let error = Server::of(&BAD_OUTPUTS).build().expect_err("six problems").to_string();
    for expected in [
        "tool `list`: the type that `output` names must be an object, such as a struct",
        "tool `string`: its output schema must say `\"type\": \"object\"`",
        "tool `perhaps`: its output schema is that of an object, and what it returns is not always one",
        "tool `several`: its output schema is that of an object, and what it returns is not always one",
        "tool `one_perhaps`: its output schema is that of an object, and what it returns is not always one",
        "tool `words`: its output schema is not JSON: ",
    ] {
        assert!(error.contains(expected), "{error}");
    }
}
