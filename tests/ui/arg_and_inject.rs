use mcp_runtime::prelude::*;

#[tool]
fn hello(#[arg(rename = "who")] #[inject] name: String) -> String {
    format!("Hello, {name}!")
}

fn main() {}
