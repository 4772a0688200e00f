use mcp_runtime::prelude::*;

/// Adds.
#[tool(policy = may_add(c))]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {}
