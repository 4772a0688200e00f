use mcp_runtime::prelude::*;

#[tool]
async fn work(ctx: &Ctx) {
    ctx.progress(1, 2, 3).await;
}

fn main() {}
