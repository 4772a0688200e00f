use mcp_runtime::prelude::*;

struct Store(Vec<String>);

fn tags(_typed: &str, store: &Store) -> Vec<String> {
    store.0.clone()
}

#[prompt]
fn plan(#[arg(complete = tags)] tag: &str) -> String {
    tag.to_owned()
}

fn main() {}
