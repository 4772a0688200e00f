//! A step of `ctx.once` has the error of handlers, so nothing names its type; `ctx.try_once` has any.

#![deny(warnings)]

use mcp_runtime::prelude::*;

#[derive(Debug, PartialEq)]
enum ShopError {
    Closed,
}

impl IntoError for ShopError {
    fn into_error(self) -> Error {
        Error::new("the shop is closed")
    }
}

/// Numbers an order.
#[tool]
async fn number(ctx: &Ctx) -> Result<u32> {
    let number = ctx.once("number", async || Ok(1)).await?;
    let text = ctx.once("text", async || Ok(std::str::from_utf8(b"2")?.to_owned())).await?;
    Ok(number + text.parse::<u32>()?)
}

/// Sells nothing.
#[tool]
async fn sell(ctx: &Ctx) -> Result<u32, ShopError> {
    ctx.try_once("sell", async || Err(ShopError::Closed)).await
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(number(&Ctx::for_test()).await.expect("all goes well"), 3);
    assert_eq!(sell(&Ctx::for_test()).await, Err(ShopError::Closed));
}
