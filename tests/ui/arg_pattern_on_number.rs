use mcp_runtime::prelude::*;

#[tool]
fn double(#[arg(pattern = "[0-9]+")] value: u8) -> u16 {
    u16::from(value) * 2
}

fn main() {}
