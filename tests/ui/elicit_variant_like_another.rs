use mcp_runtime::prelude::*;

#[derive(Elicit)]
#[elicit(rename_all = "lowercase")]
enum Color {
    Red,
    RED,
}

fn main() {}
