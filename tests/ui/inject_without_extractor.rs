use mcp_runtime::prelude::*;

struct Tenant;

#[tool]
fn hello(#[inject] _tenant: Tenant) -> String {
    "hello".to_owned()
}

fn main() {}
