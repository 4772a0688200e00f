use mcp_runtime::prelude::*;

#[tool]
fn is_there(file: &std::path::Path) -> bool {
    file.exists()
}

fn main() {}
