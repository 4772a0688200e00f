use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers<'a> {
    name: &'a str,
}

fn main() {}
