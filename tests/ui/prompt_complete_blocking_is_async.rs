use mcp_runtime::prelude::*;

async fn tags(typed: String) -> Vec<String> {
    vec![typed]
}

#[prompt]
fn plan(#[arg(complete = tags, blocking)] tag: &str) -> String {
    tag.to_owned()
}

fn main() {}
