//! What can be said of progress: whatever is text.

#![deny(warnings)]

use std::borrow::Cow;

use mcp_runtime::prelude::*;

/// Works.
#[tool]
async fn work(ctx: &Ctx, what: String) -> i32 {
    let step = String::from("second");
    ctx.progress(1, 5, format!("step {}", 1)).await;
    ctx.progress(2, 5, &step).await;
    ctx.progress(3, 5, step).await;
    ctx.progress(4, 5, what.as_str()).await;
    ctx.progress(4.5, 5, Cow::from("almost")).await;
    ctx.progress(5, 5, None).await;
    5
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    assert_eq!(work(&Ctx::for_test(), "third".to_owned()).await, 5);
}
