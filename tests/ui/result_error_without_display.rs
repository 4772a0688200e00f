use mcp_runtime::prelude::*;

struct Overdrawn;

#[tool]
fn pay(amount: u32) -> Result<u32, Overdrawn> {
    if amount > 100 { Err(Overdrawn) } else { Ok(amount) }
}

fn main() {}
