use mcp_runtime::prelude::*;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Order {
    item: String,
    count: u32,
}

#[tool]
fn buy(#[arg(flatten)] order: Order, note: &str) -> String {
    format!("{} {} {note}", order.count, order.item)
}

fn main() {}
