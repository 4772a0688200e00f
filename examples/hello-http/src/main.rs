//! The smallest server on HTTP, with a main of its own and no command line: `cargo run -p hello-http`, then give
//! http://127.0.0.1:3000/mcp to a client.

use mcp_runtime::prelude::*;

/// Greets somebody by name.
#[tool]
fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    Ok(Server::new("hello-http").build()?.serve_http("127.0.0.1:3000").await?)
}
