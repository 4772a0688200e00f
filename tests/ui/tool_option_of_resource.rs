use mcp_runtime::prelude::*;

#[tool(mime = "text/plain")]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
