use mcp_runtime::prelude::*;

#[resource]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
