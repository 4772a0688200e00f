use mcp_runtime::prelude::*;

struct Shop<'a>(&'a str);

#[handlers]
impl Shop<'_> {
    #[tool]
    fn name(&self) -> &str {
        self.0
    }
}

fn main() {
    Shop("tea").name();
}
