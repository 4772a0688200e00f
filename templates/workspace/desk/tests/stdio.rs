//! Runs the program as a client does, and talks to it over its pipes.

use mcp_runtime::client::{Client, ClientError, Launch};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_desk");

#[tokio::test]
async fn it_has_the_tools_for_texts() -> Result<(), ClientError> {
    let client = Client::spawn(Launch::new(PROGRAM)).await?;

    let tools = client.tools().await?;
    let names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
    assert_eq!(names, ["count_words", "find_lines"]);

    let text = json!({"text": "one two three"});
    let words = client.call("count_words", text).await?;
    assert_eq!(words.value::<usize>()?, 3);

    client.close().await;
    Ok(())
}
