use mcp_runtime::prelude::*;

/// Wants a schema of its own.
#[tool(schema = strict)]
fn search(query: &str) -> String {
    query.to_owned()
}

fn main() {}
