use mcp_runtime::client::{Client, ClientError, read};
use mcp_runtime::prelude::*;

#[resource("note://{id}")]
fn note(id: u32) -> String {
    id.to_string()
}

async fn run(client: &Client) -> Result<(), ClientError> {
    read!(client, note("7")).await?;
    read!(client, note()).await?;
    Ok(())
}

fn main() {}
