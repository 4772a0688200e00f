use mcp_runtime::prelude::*;

struct Order {
    item: String,
    count: u32,
}

#[tool]
fn buy(#[arg(flatten)] order: Order) -> String {
    format!("{} {}", order.count, order.item)
}

fn main() {}
