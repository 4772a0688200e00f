use mcp_runtime::client::{Client, ClientError, call};
use mcp_runtime::prelude::*;

#[derive(schemars::JsonSchema, serde::Deserialize)]
struct Point {
    x: f64,
}

#[tool]
fn mirror(at: Point, times: u8) -> f64 {
    -at.x * f64::from(times)
}

async fn run(client: &Client) -> Result<(), ClientError> {
    call!(client, mirror(Point { x: 1.0 }, 3)).await?;
    Ok(())
}

fn main() {}
