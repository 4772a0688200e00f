//! Runs the program as a client does, and talks to it over its pipes.

use mcp_runtime::client::{Client, ClientError, Launch};
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_shop");

#[tokio::test]
async fn it_has_all_shared_tools_and_one_of_its_own() -> Result<(), ClientError> {
    let client = Client::spawn(Launch::new(PROGRAM)).await?;

    let tools = client.tools().await?;
    let names: Vec<_> = tools.iter().map(|tool| &*tool.name).collect();
    let expected = ["clock_duration", "count_words", "find_lines", "price"];
    assert_eq!(names, expected);

    let price = client.call("price", json!({"item": "tea"})).await?;
    assert_eq!(price.value::<u32>()?, 250);
    let seconds = json!({"seconds": 90});
    let duration = client.call("clock_duration", seconds).await?;
    assert_eq!(duration.text(), "1m 30s");

    client.close().await;
    Ok(())
}
