use mcp_runtime::prelude::*;

#[derive(Elicit)]
enum Color {
    Red,
}

#[derive(Elicit)]
struct Answers {
    #[elicit(range(1..=10))]
    color: Color,
}

fn main() {}
