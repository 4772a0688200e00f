use mcp_runtime::prelude::*;

/// Refunds all orders.
#[tool(consent = "Refund {order}")]
fn refund(ctx: &Ctx) {
    let _ = ctx;
}

fn main() {}
