use mcp_runtime::prelude::*;

struct Shop;

#[handlers]
impl Shop {
    #[tool]
    #[cfg_attr(all(), prompt)]
    fn price(&self, item: &str) -> usize {
        item.len()
    }
}

fn main() {
    Shop.price("tea");
}
