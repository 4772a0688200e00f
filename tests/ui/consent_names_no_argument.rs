use mcp_runtime::prelude::*;

/// Refunds an order.
#[tool(consent = "Refund the order {ordr}")]
fn refund(order: u32) -> String {
    format!("{order}")
}

fn main() {}
