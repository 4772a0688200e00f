use mcp_runtime::prelude::*;

#[tool(title = Hello)]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
