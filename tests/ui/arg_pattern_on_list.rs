use mcp_runtime::prelude::*;

#[tool]
fn mark(#[arg(length(1..=2), pattern = "^[a-z]+$")] tags: Vec<String>) -> String {
    tags.join(",")
}

fn main() {}
