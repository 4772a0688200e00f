use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(range(1..=10))]
    name: String,
}

fn main() {}
