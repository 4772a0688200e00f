use mcp_runtime::prelude::*;

struct Shop(u64);

#[handlers]
impl Shop {
    #[tool]
    fn pay(&mut self, cents: u64) -> u64 {
        self.0 += cents;
        self.0
    }
}

fn main() {
    let _ = tools![Shop::pay];
    Shop(3).pay(4);
}
