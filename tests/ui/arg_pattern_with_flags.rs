use mcp_runtime::prelude::*;

#[tool]
fn find(#[arg(pattern = "(?i)^abc$")] code: &str) -> String {
    code.to_owned()
}

fn main() {}
