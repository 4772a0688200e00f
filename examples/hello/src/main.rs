//! The smallest server. Run `cargo run -p hello -- call greet name=Ada`, or give the binary to an MCP client.

use mcp_runtime::prelude::*;

/// Greets somebody by name.
#[tool]
fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}

mcp_runtime::main!();
