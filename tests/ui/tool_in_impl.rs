use mcp_runtime::prelude::*;

struct Shop;

impl Shop {
    #[tool]
    fn price(item: &str) -> String {
        item.to_owned()
    }
}

fn main() {
    Shop::price("tea");
}
