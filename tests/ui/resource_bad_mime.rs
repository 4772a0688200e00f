use mcp_runtime::prelude::*;

#[resource("note://all", mime = "markdown")]
fn notes() -> String {
    "none".to_owned()
}

fn main() {}
