use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(default, choices("dog", "bicycle"))]
    with: String,
}

fn main() {}
