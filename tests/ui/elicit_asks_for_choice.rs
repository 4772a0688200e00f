use mcp_runtime::prelude::*;

#[derive(Elicit)]
enum Color {
    Red,
}

fn main() {
    let _ = elicit::<Color>("Which?");
}
