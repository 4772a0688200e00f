//! Numbers that JSON cannot hold, or a type cannot.

use std::collections::BTreeMap;

use mcp_runtime::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::client::Client;
use super::types::Within;

static FLOATS: Group = Group::new("floats");

/// Gives numbers.
#[tool(group = FLOATS)]
fn floats(n: f64, d: f64) -> Within<f64> {
    let quotient = n / d;
    Within { list: vec![1.0, quotient], map: BTreeMap::new(), perhaps: None, pair: (0, 0.0) }
}

/// Gives numbers by hand.
#[tool(group = FLOATS)]
fn by_hand(n: f64, d: f64) -> ToolResult {
    #[derive(Serialize)]
    struct Quotient {
        quotient: f64,
    }
    ToolResult::text("divided").structured(Quotient { quotient: n / d })
}

#[tokio::test]
async fn a_number_that_json_cannot_hold_is_an_error_that_names_its_place() {
    let mut client = Client::of(Server::of(&FLOATS));
    for (n, d, what) in [(0, 0, "NaN"), (1, 0, "Infinity"), (-1, 0, "-Infinity")] {
        let result = client.call("floats", &json!({ "n": n, "d": d })).await;
        let text = format!("the result's /list/1 is {what}, which JSON has no number for");
        assert_eq!((&result["isError"], &result["content"][0]["text"]), (&json!(true), &json!(text)));
        let result = client.call("by_hand", &json!({ "n": n, "d": d })).await;
        let text = format!("the result's /quotient is {what}, which JSON has no number for");
        assert_eq!((&result["isError"], &result["content"][1]["text"]), (&json!(true), &json!(text)));
        assert_eq!(result.get("structuredContent"), None);
    }
    let result = client.call("floats", &json!({ "n": 1, "d": 2 })).await;
    assert_eq!(result["structuredContent"]["list"], json!([1.0, 0.5]));
}

/// Takes numbers as text.
#[prompt(group = FLOATS)]
fn plot(x: f64, y: Option<f32>) -> String {
    format!("{x} {y:?}")
}

/// Takes numbers as parts of a URI.
#[resource("plot://{x}{?y}", group = FLOATS)]
fn plotted(x: f64, y: Option<f32>) -> String {
    format!("{x} {y:?}")
}

#[tokio::test]
async fn a_text_that_says_a_number_which_json_cannot_hold_is_refused() {
    let mut client = Client::of(Server::of(&FLOATS));
    let mut both = async |x: &str, y: &str| {
        let got = client.answer("prompts/get", json!({ "name": "plot", "arguments": { "x": x, "y": y } })).await;
        let read = client.answer("resources/read", json!({ "uri": format!("plot://{x}?y={y}") })).await;
        [got, read]
    };
    let wide = ["NaN", "nan", "-NaN", "inf", "-inf", "Infinity", "-infinity", "1e999", "-1e999"];
    for text in wide.into_iter().chain(["1e39", "-3.5e38"]) {
        // The larger type holds more.
        let places = if wide.contains(&text) { ["x", "y"].as_slice() } else { &["y"] };
        for place in places {
            let (x, y) = if *place == "x" { (text, "1") } else { ("1", text) };
            for answer in both(x, y).await {
                assert_eq!(answer["error"]["code"], -32602, "{text}: {answer}");
                let faults = &answer["error"]["data"]["faults"];
                let message = format!("expected a number, got \"{text}\"");
                assert_eq!(faults, &json!([{ "pointer": format!("/{place}"), "message": message }]), "{text}");
            }
        }
    }
    for answer in both("-1e308", "1e38").await {
        assert_eq!(answer.get("error"), None, "{answer}");
    }
}

#[tokio::test]
async fn a_number_beyond_what_a_type_holds_is_refused_and_what_is_no_json_is_no_message() {
    let mut client = Client::of(Server::of(&FLOATS));
    for (number, got) in [("1e999", "1e999"), ("-1e999", "-1e999"), ("\"NaN\"", "the string \"NaN\""), ("null", "null")]
    {
        let text = client.raw("floats", &format!(r#"{{"n":{number},"d":1}}"#)).await;
        let text = &text["result"]["content"][0]["text"];
        assert!(
            text.as_str().is_some_and(|text| text.starts_with("Invalid arguments:\n- /n: expected a number")),
            "{text}"
        );
        assert!(text.as_str().is_some_and(|text| text.ends_with(&format!(", got {got}"))), "{text}");
    }
    for number in ["NaN", "Infinity", "-Infinity", "+1", ".5", "0x1F", "1e", "01"] {
        let answer = client.raw("floats", &format!(r#"{{"n":{number},"d":1}}"#)).await;
        assert_eq!(answer["error"]["code"], -32700, "{number}: {answer}");
    }
}

/// Has a default that no JSON can say.
#[tool(group = FLOATS)]
fn unsaid(#[arg(default = f64::NAN)] number: f64, #[arg(default = None)] perhaps: Option<f64>) -> String {
    format!("{number} {perhaps:?}")
}

#[tokio::test]
async fn a_default_that_json_cannot_hold_is_not_listed() {
    let mut client = Client::of(Server::of(&FLOATS));
    let schema = client.tools().await["unsaid"]["inputSchema"]["properties"].clone();
    assert_eq!(schema["number"].get("default"), None, "{schema}");
    let result = client.call("unsaid", &json!({})).await;
    assert_eq!(result["content"][0]["text"], "NaN None");
}
