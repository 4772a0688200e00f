use mcp_runtime::prelude::*;

#[tool(annotations(title = "Hello", read_only_hint = true))]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
