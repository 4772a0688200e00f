use mcp_runtime::prelude::*;

#[tool]
fn add(#[arg(default, length(1..))] numbers: Vec<i64>) -> i64 {
    numbers.iter().sum()
}

fn main() {}
