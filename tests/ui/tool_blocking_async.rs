use mcp_runtime::prelude::*;

#[tool(blocking)]
async fn hash(text: &str) -> String {
    text.to_owned()
}

fn main() {}
