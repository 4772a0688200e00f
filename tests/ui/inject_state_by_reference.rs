use mcp_runtime::prelude::*;

struct Ledger;

#[tool]
fn hello(_ledger: &State<Ledger>) -> String {
    "hello".to_owned()
}

fn main() {}
