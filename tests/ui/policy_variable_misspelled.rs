use mcp_runtime::prelude::*;

/// A file.
#[resource("repo://{owner}/{name}{?version}", scopes = "repo:{ownr}:read")]
fn file(owner: &str, name: &str, version: Option<u32>) -> String {
    format!("{owner} {name} {version:?}")
}

fn main() {}
