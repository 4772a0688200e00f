use mcp_runtime::prelude::*;

#[resource("note://all", read_only)]
fn notes() -> String {
    "none".to_owned()
}

fn main() {}
