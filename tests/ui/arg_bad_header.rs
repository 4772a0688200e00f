use mcp_runtime::prelude::*;

#[tool]
fn forecast(#[arg(header = "My Region")] region: &str) -> String {
    region.to_owned()
}

fn main() {}
