use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(range(1..=10), default = 11)]
    count: u8,
}

fn main() {}
