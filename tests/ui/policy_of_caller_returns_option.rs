use mcp_runtime::prelude::*;

fn may_see(_: &Principal) -> Option<()> {
    None
}

/// Lists.
#[tool(policy = may_see)]
fn list() {}

fn main() {}
