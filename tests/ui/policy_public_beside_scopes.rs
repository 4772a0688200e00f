use mcp_runtime::prelude::*;

/// Adds.
#[tool(scopes = "sums", public)]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {}
