use mcp_runtime::prelude::*;

#[resource("note://{id")]
fn note(id: u32) -> String {
    id.to_string()
}

fn main() {}
