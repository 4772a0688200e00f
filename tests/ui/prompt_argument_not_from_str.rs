use mcp_runtime::prelude::*;

struct Name(String);

#[prompt]
fn greet(name: Name) -> String {
    format!("Hello, {}!", name.0)
}

fn main() {}
