use mcp_runtime::prelude::*;

/// Refunds an order.
#[tool(consents)]
fn refund(order: u32) -> String {
    format!("{order}")
}

fn main() {}
