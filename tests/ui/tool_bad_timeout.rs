use mcp_runtime::prelude::*;

#[tool(timeout = "5 seconds")]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
