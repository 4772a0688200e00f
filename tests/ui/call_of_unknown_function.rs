use mcp_runtime::client::{Client, ClientError, call};
use mcp_runtime::prelude::*;

async fn run(client: &Client) -> Result<(), ClientError> {
    call!(client, add(2, 3)).await?;
    Ok(())
}

fn main() {}
