use mcp_runtime::client::{Client, ClientError, call};
use mcp_runtime::prelude::*;

#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

async fn run(client: &Server) -> Result<(), ClientError> {
    let _: Option<Client> = None;
    call!(client, add(2, 3)).await?;
    Ok(())
}

fn main() {}
