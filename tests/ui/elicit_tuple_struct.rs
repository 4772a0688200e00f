use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers(String, u8);

fn main() {}
