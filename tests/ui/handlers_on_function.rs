use mcp_runtime::prelude::*;

#[handlers]
#[tool]
fn price(item: &str) -> String {
    item.to_owned()
}

fn main() {
    price("tea");
}
