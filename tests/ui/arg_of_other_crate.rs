use mcp_runtime::prelude::*;

#[tool]
fn since(at: std::time::Instant) -> u64 {
    at.elapsed().as_secs()
}

fn main() {}
