use mcp_runtime::prelude::*;

#[tool("hello")]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
