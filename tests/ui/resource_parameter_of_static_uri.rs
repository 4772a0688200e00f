use mcp_runtime::prelude::*;

#[resource("note://all")]
fn notes(id: u32) -> String {
    id.to_string()
}

fn main() {}
