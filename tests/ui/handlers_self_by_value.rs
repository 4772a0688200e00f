use mcp_runtime::prelude::*;

struct Shop;

#[handlers]
impl Shop {
    #[prompt]
    fn advertise(self) -> &'static str {
        "Write an advertisement."
    }
}

fn main() {
    Shop.advertise();
}
