use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(choices("a", "b", "a"))]
    size: String,
}

fn main() {}
