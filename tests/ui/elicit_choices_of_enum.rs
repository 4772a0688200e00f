use mcp_runtime::prelude::*;

#[derive(Elicit)]
enum Color {
    Red,
}

#[derive(Elicit)]
struct Answers {
    #[elicit(choices("Red"))]
    color: Color,
}

fn main() {}
