use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(default)]
    count: Option<u8>,
}

fn main() {}
