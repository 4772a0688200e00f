use mcp_runtime::prelude::*;

struct Shop;

#[handlers]
impl Shop {
    fn price(&self, item: &str) -> usize {
        item.len()
    }
}

fn main() {
    Shop.price("tea");
}
