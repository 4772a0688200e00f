use mcp_runtime::client::{Client, ClientError, call};
use mcp_runtime::prelude::*;

const ADD: i64 = 3;

async fn run(client: &Client) -> Result<(), ClientError> {
    call!(client, ADD(2)).await?;
    Ok(())
}

fn main() {}
