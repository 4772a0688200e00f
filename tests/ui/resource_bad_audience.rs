use mcp_runtime::prelude::*;

#[resource("note://all", annotations(audience = ["users"], priority = 0.8))]
fn notes() -> String {
    "none".to_owned()
}

fn main() {}
