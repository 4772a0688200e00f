use mcp_runtime::prelude::*;

#[tool]
fn hello(#[inject(optional)] ctx: Ctx) -> String {
    drop(ctx);
    "hello".to_owned()
}

fn main() {}
