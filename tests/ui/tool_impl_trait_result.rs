use mcp_runtime::prelude::*;

#[tool]
fn hello() -> impl std::fmt::Display {
    "hello"
}

fn main() {}
