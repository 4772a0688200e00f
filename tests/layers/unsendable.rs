//! What cannot be JSON is not sent as something else.

use mcp_runtime::client::Client;
use mcp_runtime::layers::{Call, Next, Reply};
use mcp_runtime::prelude::*;
use mcp_tests::logged::Logged;
use serde_json::{Value, json};

static GROUP: Group = Group::new("unsendable");

/// Adds one.
#[tool(group = GROUP)]
fn after(number: f64) -> f64 {
    number + 1.0
}

/// Calls it with what is no number.
#[tool(group = GROUP)]
async fn after_none(ctx: &Ctx) -> Result<String> {
    Ok(ctx.call("after", json_of_nan()).await?.text())
}

/// A page.
#[resource("page://{number}", group = GROUP)]
fn page(number: u32) -> String {
    format!("page {number}")
}

/// What is serialized as it is.
#[derive(serde::Serialize)]
struct Number {
    number: f64,
}

fn json_of_nan() -> Number {
    Number { number: f64::NAN }
}

async fn client(server: ServerBuilder) -> Client {
    Client::to(&server.build().expect("a server")).await.expect("a client")
}

#[tokio::test]
async fn layers_are_told_what_they_could_not_replace() {
    let around = async |mut call: Call, next: Next| {
        assert!(!call.set_arguments(&json_of_nan()), "there is no such number");
        assert!(!call.set_arguments(&7), "there is no such object");
        assert_eq!(call.set_arguments(&Number { number: 2.0 }), call.is_tool(), "only a tool has arguments here");
        let mut reply = next.run(call).await;
        assert!(!reply.set_result(&json_of_nan()), "there is no such number");
        reply
    };
    let client = client(Server::of(&GROUP).around(around)).await;
    assert_eq!(client.call("after", json!({ "number": 1 })).await.expect("a result").text(), "3.0");
    assert_eq!(client.read("page://7").await.expect("a page").text(), "page 7");
}

#[tokio::test]
async fn a_result_that_cannot_be_json_is_an_internal_error() {
    let around = async |call: Call, next: Next| match call.method() {
        "tools/call" => match Reply::of(call.ctx(), &json_of_nan()) {
            Ok(reply) => reply,
            Err(error) => call.error(error),
        },
        _ => next.run(call).await,
    };
    let logged = Logged::listen();
    let client = client(
        Server::of(&GROUP).around(around).method("example.com/nan", async |_: Value, _| Ok::<_, Error>(json_of_nan())),
    )
    .await;
    let error = client.call("after", json!({ "number": 1 })).await.expect_err("no number").to_string();
    assert!(error.contains("Internal error"), "{error}");
    let error = client.request::<Value>("example.com/nan", json!({})).await.expect_err("no number").to_string();
    assert!(error.contains("Internal error"), "{error}");
    let log = logged.take();
    assert_eq!(log.matches("failed: the result's /number is NaN, which JSON has no number for").count(), 2, "{log}");
}

#[tokio::test]
async fn arguments_that_cannot_be_json_are_an_internal_error() {
    let logged = Logged::listen();
    let client = client(Server::of(&GROUP)).await;
    let error = client.call("after_none", json!({})).await.expect_err("no number").to_string();
    assert!(error.contains("Internal error"), "{error}");
    let log = logged.take();
    assert!(log.contains("failed: the call's /number is NaN"), "{log}");
}
