use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(choices(1, 2))]
    size: String,
}

fn main() {}
