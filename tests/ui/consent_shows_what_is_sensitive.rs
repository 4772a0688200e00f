use mcp_runtime::prelude::*;

/// Refunds an order.
#[tool(consent = "Refund {order} to {card}")]
fn refund(order: u32, #[arg(sensitive)] card: &str) -> String {
    format!("{order} {card}")
}

fn main() {}
