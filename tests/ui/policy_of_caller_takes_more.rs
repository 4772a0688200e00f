use mcp_runtime::prelude::*;

fn may_see(_: &Principal, order: &str) -> bool {
    order.is_empty()
}

/// Lists.
#[tool(policy = may_see)]
fn list(order: &str) {
    let _ = order;
}

fn main() {}
