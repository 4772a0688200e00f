use mcp_runtime::prelude::*;

const MAX: i64 = 10;

#[tool]
fn add(a: i64, #[arg(range(1..=MAX))] b: i64) -> i64 {
    a + b
}

fn main() {}
