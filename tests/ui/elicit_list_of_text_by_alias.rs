use mcp_runtime::prelude::*;

type Tags = Vec<String>;

#[derive(Elicit)]
struct Answers {
    tags: Tags,
}

fn main() {}
