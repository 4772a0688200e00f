use mcp_runtime::prelude::*;

#[tool]
fn repeat(text: &str, #[arg(example = "three")] times: usize) -> String {
    text.repeat(times)
}

fn main() {}
