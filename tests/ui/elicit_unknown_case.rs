use mcp_runtime::prelude::*;

#[derive(Elicit)]
#[elicit(rename_all = "snakecase")]
enum Color {
    Red,
}

fn main() {}
