use mcp_runtime::prelude::*;

#[prompt(blocking)]
fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}

fn main() {}
