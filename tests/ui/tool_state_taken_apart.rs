use mcp_runtime::prelude::*;

struct Ledger(u32);

#[tool]
fn count(State(ledger): State<Ledger>) -> u32 {
    ledger.0
}

fn main() {}
