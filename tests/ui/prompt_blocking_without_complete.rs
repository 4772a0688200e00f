use mcp_runtime::prelude::*;

#[prompt]
fn plan(#[arg(blocking)] tag: &str) -> String {
    tag.to_owned()
}

fn main() {}
