use mcp_runtime::prelude::*;

/// Refunds an order.
#[tool(consent = 3)]
fn refund(order: u32) -> String {
    format!("{order}")
}

fn main() {}
