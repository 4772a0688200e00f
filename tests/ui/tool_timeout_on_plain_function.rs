use mcp_runtime::prelude::*;

#[tool(timeout = "5s")]
fn hash(text: &str) -> String {
    text.to_owned()
}

fn main() {}
