use mcp_runtime::prelude::*;

#[tool]
async fn wait(#[arg(default = 3)] ctx: &Ctx) {
    ctx.cancelled().await;
}

fn main() {}
