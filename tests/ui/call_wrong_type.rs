use mcp_runtime::client::{Client, ClientError, call};
use mcp_runtime::prelude::*;

#[tool]
fn greet(name: &str, times: Option<u8>) -> String {
    name.repeat(times.unwrap_or(1).into())
}

async fn run(client: &Client) -> Result<(), ClientError> {
    call!(client, greet(7, None)).await?;
    call!(client, greet("Ada", 3)).await?;
    let _times: u64 = call!(client, greet("Ada", None)).await?;
    Ok(())
}

fn main() {}
