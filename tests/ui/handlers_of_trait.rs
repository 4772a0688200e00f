use mcp_runtime::prelude::*;

trait Catalog {
    fn price(&self, item: &str) -> usize;
}

struct Shop;

#[handlers]
impl Catalog for Shop {
    #[tool]
    fn price(&self, item: &str) -> usize {
        item.len()
    }
}

fn main() {
    Shop.price("tea");
}
