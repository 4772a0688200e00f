use mcp_runtime::prelude::*;

fn add(a: i64, b: i64) -> i64 {
    a + b
}

fn main() {
    add(1, 2);
    let _ = tools![add];
}
