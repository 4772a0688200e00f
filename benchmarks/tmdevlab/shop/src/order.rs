//! What is ordered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// So many of a product.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq, Eq, Serialize)]
pub struct Item {
    /// Which one.
    pub product_id: u32,
    /// How many.
    pub quantity: u32,
}

/// What is ordered where a call does not say it.
pub fn usual_order() -> Vec<Item> {
    vec![Item { product_id: 42, quantity: 2 }, Item { product_id: 1337, quantity: 1 }]
}

/// An order, as the history keeps it.
#[derive(Serialize)]
pub(crate) struct Order<'a> {
    pub(crate) order_id: &'a str,
    pub(crate) items: &'a [Item],
    pub(crate) ts: u64,
}
