use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(choices("1", "2"))]
    count: u8,
}

fn main() {}
