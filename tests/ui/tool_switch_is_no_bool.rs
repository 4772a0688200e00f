use mcp_runtime::prelude::*;

#[tool(read_only = "yes")]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
