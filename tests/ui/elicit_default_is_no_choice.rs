use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(choices("a", "b"), default = ["a", "c"])]
    words: Vec<String>,
}

fn main() {}
