use mcp_runtime::client::{Client, ClientError, call};
use mcp_runtime::prelude::*;

struct Shop;

#[handlers]
impl Shop {
    #[tool]
    fn price(&self) -> u64 {
        3
    }

    fn cost(&self) -> u64 {
        2
    }
}

async fn run(client: &Client) -> Result<(), ClientError> {
    call!(client, Shop::price()).await?;
    call!(client, Shop::cost()).await?;
    Ok(())
}

fn main() {}
