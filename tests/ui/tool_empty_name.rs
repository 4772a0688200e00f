use mcp_runtime::prelude::*;

#[tool(name = "")]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
