use mcp_runtime::prelude::*;

#[tool]
fn shout(#[arg(length(-1..=10))] text: &str) -> String {
    text.to_uppercase()
}

fn main() {}
