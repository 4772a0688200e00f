use mcp_runtime::prelude::*;

#[derive(Elicit)]
struct Answers {
    #[elicit(range(0.0..1.0))]
    share: f64,
}

fn main() {}
