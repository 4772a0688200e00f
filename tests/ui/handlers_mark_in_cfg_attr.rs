use mcp_runtime::prelude::*;

struct Shop;

#[handlers]
impl Shop {
    #[cfg_attr(any(), tool)]
    fn price(&self, item: &str) -> usize {
        item.len()
    }
}

fn main() {
    Shop.price("tea");
}
