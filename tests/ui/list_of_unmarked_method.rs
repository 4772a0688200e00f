use mcp_runtime::prelude::*;

struct Shop;

impl Shop {
    fn buy(&self) {}
}

fn main() {
    let _ = tools![Shop::buy];
}
