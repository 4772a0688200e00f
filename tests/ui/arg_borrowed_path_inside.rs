use std::path::Path;

use mcp_runtime::prelude::*;

#[tool]
fn is_there(file: Option<&Path>) -> bool {
    file.is_some_and(Path::exists)
}

fn main() {}
