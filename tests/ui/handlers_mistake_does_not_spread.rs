use mcp_runtime::prelude::*;

struct Shop;

#[handlers]
impl Shop {
    #[tool(readonly)]
    fn price(&self, item: &str) -> usize {
        item.len()
    }

    #[resource("shop://items")]
    fn items(&self) -> String {
        self.price("tea").to_string()
    }
}

fn main() {
    Shop.items();
    let _ = (tools![Shop::price], resources![Shop::items]);
}
