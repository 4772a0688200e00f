use mcp_runtime::prelude::*;

struct Shop;

#[handlers]
impl Shop {
    /// Buys.
    #[tool]
    fn buy(&self) {}
}

fn main() {
    let _ = tools![Shop::bye];
}
