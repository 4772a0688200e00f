use mcp_runtime::prelude::*;

/// Refunds an order.
#[tool(consent = " ")]
fn refund(order: u32) -> String {
    format!("{order}")
}

fn main() {}
