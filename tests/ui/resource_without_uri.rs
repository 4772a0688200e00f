use mcp_runtime::prelude::*;

#[resource(mime = "text/plain")]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
