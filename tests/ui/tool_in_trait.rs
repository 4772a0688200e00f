use mcp_runtime::prelude::*;

trait Catalog {
    #[tool]
    fn price(item: &str) -> String {
        item.to_owned()
    }
}

fn main() {}
