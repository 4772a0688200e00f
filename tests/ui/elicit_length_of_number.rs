use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(length(1..=10))]
    count: Option<u8>,
}

fn main() {}
