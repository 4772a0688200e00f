use mcp_runtime::prelude::*;

#[tool(group = "admin")]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
