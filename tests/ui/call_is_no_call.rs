use mcp_runtime::client::{Client, ClientError, call};
use mcp_runtime::prelude::*;

#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

async fn run(client: &Client) -> Result<(), ClientError> {
    call!(client, add).await?;
    call!(add(2, 3)).await?;
    call!(client.add(2, 3)).await?;
    Ok(())
}

fn main() {}
