use mcp_runtime::prelude::*;

#[tool]
fn copy(ctx: &Ctx) {
    ctx.progress(1, None, "copying");
}

fn main() {}
