use mcp_runtime::prelude::*;

#[tool(read_only idempotent)]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
