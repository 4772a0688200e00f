use mcp_runtime::prelude::*;

#[tool(readonly, timeout = "soon")]
async fn add<T>(#[arg(defualt = 3)] a: i64, (b, c): (i64, i64), d: &[T]) -> i64 {
    a + b + c + d.len() as i64
}

fn main() {}
