use mcp_runtime::prelude::*;

#[tool]
fn double(n: i32) -> impl Future<Output = Result<i32>> {
    async move { Ok(2 * n) }
}

fn main() {}
