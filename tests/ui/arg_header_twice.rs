use mcp_runtime::prelude::*;

#[tool]
fn forecast(#[arg(header = "Region")] from: &str, #[arg(header = "region")] to: &str) -> String {
    format!("{from} {to}")
}

fn main() {}
