use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(default = 3)]
    count: Option<u8>,
}

fn main() {}
