use mcp_runtime::prelude::*;

#[derive(Default, serde::Deserialize, schemars::JsonSchema)]
struct Order {
    item: String,
    count: u32,
}

#[tool]
fn buy(#[arg(flatten, default = Order::default())] order: Order) -> String {
    format!("{} {}", order.count, order.item)
}

fn main() {}
