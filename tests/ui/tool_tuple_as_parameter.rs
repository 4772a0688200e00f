use mcp_runtime::prelude::*;

#[tool]
fn norm((x, y): (f64, f64)) -> f64 {
    x.hypot(y)
}

fn main() {}
