use mcp_runtime::prelude::*;

const TIMES: i32 = 3;

#[tool]
fn repeat(text: &str, #[arg(default = TIMES)] times: usize) -> String {
    text.repeat(times)
}

fn main() {}
