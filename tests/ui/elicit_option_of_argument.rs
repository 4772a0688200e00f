use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(pattern = "^[a-z]+$")]
    name: String,
}

fn main() {}
