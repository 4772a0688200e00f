use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(default = 3)]
    name: String,
}

fn main() {}
