use mcp_runtime::prelude::*;

#[tool]
#[prompt]
fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}

fn main() {}
