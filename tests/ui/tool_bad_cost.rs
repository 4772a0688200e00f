use mcp_runtime::prelude::*;

#[tool(cost = 1.5)]
fn search(query: String) -> String {
    query
}

fn main() {}
