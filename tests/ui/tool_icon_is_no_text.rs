use mcp_runtime::prelude::*;

#[tool(icons = [icon(src = "https://example.com/icon.png")])]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
