//! Runs the program as a client does, and talks to it over its pipes.

use mcp_runtime::client::{Client, ClientError, Launch};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_{{project-name}}");

#[tokio::test]
async fn a_client_can_list_call_read_and_get() -> Result<(), ClientError> {
    let client = Client::spawn(Launch::new(PROGRAM)).await?;

    let tools = client.tools().await?;
    assert_eq!(tools[0].name, "count_words");

    let text = json!({"text": "one two three"});
    let words = client.call("count_words", text).await?;
    assert_eq!(words.value::<usize>()?, 3);

    let note = client.read("note://7").await?;
    assert_eq!(note.text(), "This is note 7.");

    let greeting = client.prompt("greet", json!({"name": "Ada"})).await?;
    assert!(greeting.text().contains("Ada"), "{}", greeting.text());

    client.close().await;
    Ok(())
}
