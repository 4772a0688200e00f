use mcp_runtime::prelude::*;

/// Adds.
#[tool(roles = ["clerk", 4])]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {}
