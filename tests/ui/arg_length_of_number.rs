use mcp_runtime::prelude::*;

#[tool]
fn double(#[arg(length(1..=10))] value: u8) -> u16 {
    u16::from(value) * 2
}

fn main() {}
