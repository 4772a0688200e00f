use mcp_runtime::prelude::*;

#[resource("note://{id}")]
fn note(id: u32, folder: &str) -> String {
    format!("{folder}/{id}")
}

fn main() {}
