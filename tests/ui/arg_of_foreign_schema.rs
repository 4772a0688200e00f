use mcp_runtime::prelude::*;

/// A derive of another version of the crate, which the compiler takes for another trait.
trait JsonSchema {}

#[derive(serde::Deserialize)]
struct Order {
    item: String,
}

impl JsonSchema for Order {}

#[tool]
fn buy(order: Order) -> String {
    order.item
}

fn main() {}
