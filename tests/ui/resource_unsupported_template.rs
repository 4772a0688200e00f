use mcp_runtime::prelude::*;

#[resource("files://root{/path}")]
fn file(path: &str) -> String {
    path.to_owned()
}

fn main() {}
