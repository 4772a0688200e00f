//! The tools of the benchmarks on mcp-runtime.

use std::error::Error;
use std::future::pending;

use mcp_runtime::prelude::*;

/// Returns what it is given.
#[tool]
fn echo(message: String) -> String {
    message
}

/// Adds two numbers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::new("benchmark").build()?;
    let listening = Http::new(server).listen("127.0.0.1:0").await?;
    println!("http://{}/mcp", listening.address()?);
    listening.run(pending()).await;
    Ok(())
}
