use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(items(few), choices("a", "b"))]
    words: Vec<String>,
}

fn main() {}
