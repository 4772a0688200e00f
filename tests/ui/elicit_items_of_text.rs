use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(items(1..=3))]
    name: String,
}

fn main() {}
