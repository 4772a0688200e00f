use mcp_runtime::prelude::*;

#[tool(tags = ["math", 3])]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
