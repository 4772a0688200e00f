use mcp_runtime::prelude::*;

#[tool]
fn shout(#[arg(range(1..=10))] text: String) -> String {
    text.to_uppercase()
}

fn main() {}
