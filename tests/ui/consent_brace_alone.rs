use mcp_runtime::prelude::*;

/// Refunds an order.
#[tool(consent = "Refund {order")]
fn refund(order: u32) -> String {
    format!("{order}")
}

fn main() {}
