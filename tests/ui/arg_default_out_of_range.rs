use mcp_runtime::prelude::*;

#[tool]
fn repeat(text: &str, #[arg(range(1..=10), default = 0)] times: usize) -> String {
    text.repeat(times)
}

fn main() {}
