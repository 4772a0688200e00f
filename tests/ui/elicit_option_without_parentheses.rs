use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit = "name"]
    name: String,
}

fn main() {}
