use mcp_runtime::prelude::*;

#[prompt(read_only)]
fn greet(name: &str) -> String {
    format!("Hello, {name}!")
}

fn main() {}
