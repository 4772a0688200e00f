use mcp_runtime::prelude::*;

#[resource("note://all", size = 1.5)]
fn notes() -> String {
    "none".to_owned()
}

fn main() {}
