use mcp_runtime::prelude::*;

async fn may_refund(_: &Principal, cents: &u32) -> bool {
    *cents > 0
}

/// Refunds.
#[tool(policy = may_refund(cents))]
fn refund(order: &str, cents: u32) -> String {
    format!("{order} {cents}")
}

fn main() {}
