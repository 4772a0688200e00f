use mcp_runtime::prelude::*;

struct Shop;

#[handlers(read_only)]
impl Shop {
    #[tool]
    fn price(&self, item: &str) -> usize {
        item.len()
    }
}

fn main() {
    Shop.price("tea");
}
