use mcp_runtime::prelude::*;

struct Closed;

async fn reserve() -> Result<u32, Closed> {
    Err(Closed)
}

/// Reserves a table.
#[tool]
async fn book(ctx: &Ctx) -> Result<u32> {
    ctx.once("reserve", async || reserve().await).await
}

fn main() {}
