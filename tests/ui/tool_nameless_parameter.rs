use mcp_runtime::prelude::*;

#[tool]
fn hello(_: i64) -> String {
    "hello".to_owned()
}

fn main() {}
