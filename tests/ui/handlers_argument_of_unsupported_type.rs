use mcp_runtime::prelude::*;

struct Shop;

#[handlers]
impl Shop {
    #[tool]
    fn merge(&self, other: Self) -> bool {
        drop(other);
        true
    }
}

fn main() {
    Shop.merge(Shop);
}
