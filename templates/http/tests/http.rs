//! Runs the program, and talks to it over HTTP as clients do.

use mcp_runtime::client::ClientError;
use mcp_runtime::testing::Served;
use serde_json::json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_{{project-name}}");

#[tokio::test]
async fn clients_share_the_stock() -> Result<(), ClientError> {
    let served = Served::start(PROGRAM);
    let one = served.client().await;
    let other = served.client().await;

    one.call("put", json!({"item": "tea", "number": 3})).await?;
    let count = other.call("count", json!({"item": "tea"})).await?;
    assert_eq!(count.value::<u64>()?, 3);
    Ok(())
}
