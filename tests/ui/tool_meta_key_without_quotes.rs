use mcp_runtime::prelude::*;

#[tool(meta = { version: 1 })]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
