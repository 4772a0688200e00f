use mcp_runtime::prelude::*;

#[tool(title = "Hello", read_only, title = "Hi")]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
