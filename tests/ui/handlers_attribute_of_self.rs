use mcp_runtime::prelude::*;

struct Shop;

#[handlers]
impl Shop {
    #[tool]
    fn price(#[inject] &self, item: &str) -> usize {
        item.len()
    }
}

fn main() {
    Shop.price("tea");
}
