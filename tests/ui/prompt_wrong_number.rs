use mcp_runtime::client::{self, Client, ClientError};
use mcp_runtime::prelude::*;

#[prompt]
fn review(code: &str) -> String {
    code.to_owned()
}

async fn run(client: &Client) -> Result<(), ClientError> {
    client::prompt!(client, review("a", "b")).await?;
    client::prompt!(client, "review").await?;
    Ok(())
}

fn main() {}
