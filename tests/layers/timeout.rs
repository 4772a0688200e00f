//! `Timeout`: a limit on the time that calls take.

use std::time::Duration;

use mcp_runtime::client::{Client, ClientHandler, ElicitationReply};
use mcp_runtime::layers::Timeout;
use mcp_runtime::prelude::*;
use serde_json::json;

static GROUP: Group = Group::new("timed");

/// Asks for a word.
#[tool(group = GROUP)]
async fn ask_word(ctx: &Ctx) -> Result<String> {
    let form = json!({ "type": "object", "properties": { "word": { "type": "string" } } });
    let answer = ctx.ask("word", mcp_runtime::elicit_raw("A word?", form.to_string())).await?;
    Ok(answer["word"].as_str().unwrap_or_default().to_owned())
}

#[tokio::test(start_paused = true)]
async fn the_time_of_a_call_stands_still_while_a_person_answers() {
    let server = Server::of(&GROUP).layer(Timeout::new(Duration::from_secs(1)));
    let server = server.build().expect("a server");
    let handler = ClientHandler::new().on_form(async |_| {
        tokio::time::sleep(Duration::from_secs(20)).await;
        ElicitationReply::accept(json!({ "word": "late" }))
    });
    let client = Client::builder().version(mcp_runtime::Version::V2025_11_25).handler(handler);
    let client = client.connect(&server).await.expect("a client");
    let result = client.call("ask_word", json!({})).await.expect("a result");
    assert_eq!(result.text(), "late");
}
