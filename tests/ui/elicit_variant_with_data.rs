use mcp_runtime::prelude::*;

#[derive(Elicit)]
enum Color {
    Red,
    Custom(String),
}

fn main() {}
