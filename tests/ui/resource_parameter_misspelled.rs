use mcp_runtime::prelude::*;

#[resource("note://{id}")]
fn note(idd: u32) -> String {
    idd.to_string()
}

fn main() {}
