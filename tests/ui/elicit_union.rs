use mcp_runtime::prelude::*;

#[derive(Elicit)]
union Answers {
    a: u8,
    b: i8,
}

fn main() {}
