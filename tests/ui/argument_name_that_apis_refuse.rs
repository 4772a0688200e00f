use mcp_runtime::prelude::*;

/// Measures.
#[tool]
fn measure(größe: f64) -> f64 {
    größe
}

fn main() {}
