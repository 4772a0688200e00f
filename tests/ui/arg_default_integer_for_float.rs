use mcp_runtime::prelude::*;

#[tool]
fn double(#[arg(default = 3)] value: f64) -> f64 {
    value * 2.0
}

fn main() {}
