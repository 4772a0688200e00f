use mcp_runtime::prelude::*;

#[tool(icons = [icon("https://example.com/icon.png", theme = "drak")])]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
