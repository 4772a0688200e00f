use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(defualt = 3)]
    count: u8,
}

fn main() {}
