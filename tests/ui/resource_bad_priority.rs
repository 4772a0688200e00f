use mcp_runtime::prelude::*;

#[resource("note://all", annotations(audience = ["user"], priority = 80))]
fn notes() -> String {
    "none".to_owned()
}

fn main() {}
