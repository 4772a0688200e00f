use mcp_runtime::prelude::*;

#[tool(read_only, idempotent, destructive)]
fn wipe() {}

fn main() {}
