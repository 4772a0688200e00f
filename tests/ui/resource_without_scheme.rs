use mcp_runtime::prelude::*;

#[resource("hello.txt")]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
