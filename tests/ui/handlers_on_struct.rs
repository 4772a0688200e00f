use mcp_runtime::prelude::*;

#[handlers]
struct Shop;

fn main() {
    let _ = Shop;
}
