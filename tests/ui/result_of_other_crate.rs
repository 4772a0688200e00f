use mcp_runtime::prelude::*;

#[tool]
fn now() -> std::time::Instant {
    std::time::Instant::now()
}

fn main() {}
