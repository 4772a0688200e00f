use mcp_runtime::prelude::*;

#[tool]
fn repeat(text: &str, #[arg(default)] times: Option<usize>) -> String {
    text.repeat(times.unwrap_or(3))
}

fn main() {}
