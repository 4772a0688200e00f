use mcp_runtime::prelude::*;

struct Sure {
    sure: bool,
}

/// Deletes everything.
#[tool]
async fn delete(ctx: &Ctx) -> Result<bool> {
    let Sure { sure } = ctx.ask("sure", elicit::<Sure>("Sure?")).await?;
    Ok(sure)
}

fn main() {}
