use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(rename = "")]
    name: String,
}

fn main() {}
