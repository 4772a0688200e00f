use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(format = "date")]
    day: u32,
}

fn main() {}
