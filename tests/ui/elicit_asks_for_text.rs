use mcp_runtime::prelude::*;

fn main() {
    let _ = elicit::<String>("What is your name?");
}
