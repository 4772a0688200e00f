use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(choices("first", "second"), items(..=1), default = ["first", "second"])]
    words: Vec<String>,
}

fn main() {}
