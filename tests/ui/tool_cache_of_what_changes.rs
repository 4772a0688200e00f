use mcp_runtime::prelude::*;

#[tool(cache = "60s")]
fn changes() {}

#[tool(read_only, cache = 60)]
fn without_unit() {}

#[tool(cache = off)]
fn never_kept() {}

#[prompt(cache = "a while")]
fn ask() -> String {
    String::new()
}

fn main() {}
