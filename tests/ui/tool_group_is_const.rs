use mcp_runtime::prelude::*;

const ADMIN: Group = Group::new("admin");

#[tool(group = ADMIN)]
fn restart() {}

fn main() {}
