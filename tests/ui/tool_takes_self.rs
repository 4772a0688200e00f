use mcp_runtime::prelude::*;

struct Shop;

impl Shop {
    #[tool]
    fn price(&self, item: &str) -> String {
        item.to_owned()
    }
}

fn main() {}
