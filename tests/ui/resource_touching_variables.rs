use mcp_runtime::prelude::*;

#[resource("files://{dir}{name}")]
fn file(dir: &str, name: &str) -> String {
    format!("{dir}/{name}")
}

fn main() {}
