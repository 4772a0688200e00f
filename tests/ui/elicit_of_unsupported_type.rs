use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    scores: Vec<u8>,
    name: String,
}

fn main() {}
