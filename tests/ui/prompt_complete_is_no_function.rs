use mcp_runtime::prelude::*;

#[prompt]
fn greet(#[arg(complete = 3)] name: &str) -> String {
    format!("Hello, {name}!")
}

fn main() {}
