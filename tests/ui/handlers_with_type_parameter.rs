use mcp_runtime::prelude::*;

struct Shop<D>(D);

#[handlers]
impl<D: Fn(&str) -> u64 + Send + Sync> Shop<D> {
    #[tool]
    fn price(&self, item: &str) -> u64 {
        (self.0)(item)
    }
}

fn main() {
    let shop = Shop(|_: &str| 3);
    shop.price("tea");
    let _ = tools![Shop::<fn(&str) -> u64>::price];
}
