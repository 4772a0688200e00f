use mcp_runtime::prelude::*;

#[derive(Elicit)]
enum Class {
    First,
    Second,
}

#[derive(Elicit)]
struct Journey {
    #[elicit(default)]
    class: Class,
}

fn main() {}
