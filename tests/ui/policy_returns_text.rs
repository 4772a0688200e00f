use mcp_runtime::prelude::*;

fn may_refund(_: &Principal, cents: &u32) -> String {
    cents.to_string()
}

/// Refunds.
#[tool(policy = may_refund(cents))]
fn refund(order: &str, cents: u32) -> String {
    format!("{order} {cents}")
}

fn main() {}
