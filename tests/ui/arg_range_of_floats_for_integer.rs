use mcp_runtime::prelude::*;

#[tool]
fn dim(#[arg(range(0.0..1.0))] level: u8) -> u8 {
    level
}

fn main() {}
