use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(description = "how many")]
    count: u8,
}

fn main() {}
