use mcp_runtime::prelude::*;

static ADMIN: &str = "admin";

#[tool(group = ADMIN)]
fn hello() -> String {
    "hello".to_owned()
}

fn main() {}
