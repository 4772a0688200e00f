use mcp_runtime::prelude::*;

#[prompt]
fn find(#[arg(pattern = "^[[:alpha:]]+$")] code: &str, #[arg(pattern = "^[a-z]+$")] other: &str) -> String {
    format!("{code} {other}")
}

fn main() {}
