use mcp_runtime::prelude::*;

use std::pin::Pin;

#[tool]
fn double(n: i32) -> Pin<Box<dyn Future<Output = i32> + Send>> {
    Box::pin(async move { 2 * n })
}

fn main() {}
