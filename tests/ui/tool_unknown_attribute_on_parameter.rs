use mcp_runtime::prelude::*;

#[tool]
fn add(a: i64, #[args(default = 3)] b: i64) -> i64 {
    a + b
}

fn main() {}
