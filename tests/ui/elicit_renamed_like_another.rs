use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    name: String,
    #[elicit(rename = "name")]
    other: String,
}

fn main() {}
