use mcp_runtime::prelude::*;

#[tool]
fn hello(Ctx(ctx): Ctx) -> bool {
    ctx.is_cancelled()
}

fn main() {}
