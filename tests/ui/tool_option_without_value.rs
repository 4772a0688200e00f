use mcp_runtime::prelude::*;

#[tool(name, read_only)]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
