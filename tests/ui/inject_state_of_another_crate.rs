use mcp_runtime::prelude::*;

mod web {
    pub struct State<T>(pub T);
}

struct Ledger;

#[tool]
fn hello(ledger: web::State<Ledger>) -> String {
    drop(ledger.0);
    "hello".to_owned()
}

fn main() {}
