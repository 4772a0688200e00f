use mcp_runtime::prelude::*;

#[tool(meta = { "example.com/limit": LIMIT })]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
