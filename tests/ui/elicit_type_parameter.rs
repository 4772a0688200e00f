use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers<T> {
    value: T,
}

fn main() {}
