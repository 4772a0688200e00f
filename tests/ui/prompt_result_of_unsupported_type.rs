use mcp_runtime::prelude::*;

struct Greeting;

#[prompt]
fn greet(_name: &str) -> Greeting {
    Greeting
}

fn main() {}
