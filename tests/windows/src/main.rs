//! A server whose program the tests start.

use mcp_runtime::prelude::*;

mcp_runtime::main!();

/// Adds two numbers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}
