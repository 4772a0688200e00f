use mcp_runtime::prelude::*;

struct Db;

#[tool]
fn count(db: &Db) -> i64 {
    0
}

fn main() {}
