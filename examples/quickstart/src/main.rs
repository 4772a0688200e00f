//! A tool, a resource and a prompt. Run `cargo run -p quickstart -- call add a=2 b=3`.

use mcp_runtime::prelude::*;

/// Adds two numbers.
#[tool(read_only)]
fn add(
    /// The first one.
    a: i64,
    /// The second one.
    b: i64,
) -> i64 {
    a + b
}

/// A note, by its number.
#[resource("note://{id}", mime = "text/plain")]
fn note(id: u32) -> String {
    format!("This is note {id}.")
}

/// Asks for a greeting.
#[prompt]
fn greet(name: &str) -> String {
    format!("Greet {name} warmly, in one sentence.")
}

mcp_runtime::main!();
