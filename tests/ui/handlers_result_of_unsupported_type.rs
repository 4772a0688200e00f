use mcp_runtime::prelude::*;

struct Shop;

#[handlers]
impl Shop {
    #[tool]
    fn open() -> Result<Self> {
        Ok(Self)
    }
}

fn main() {
    let _ = Shop::open();
}
