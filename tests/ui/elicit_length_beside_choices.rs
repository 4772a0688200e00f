use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(choices("a", "b"), length(1..=2))]
    size: String,
}

fn main() {}
