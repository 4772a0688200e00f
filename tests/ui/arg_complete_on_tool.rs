use mcp_runtime::prelude::*;

fn cities(_typed: &str) -> Vec<String> {
    vec!["Oslo".to_owned()]
}

#[tool]
fn forecast(#[arg(complete = cities)] city: &str) -> String {
    city.to_owned()
}

fn main() {}
