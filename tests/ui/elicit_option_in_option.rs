use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    maybe: Option<Option<u8>>,
}

fn main() {}
