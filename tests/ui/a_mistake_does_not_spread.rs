use mcp_runtime::prelude::*;

/// Called, listed and misspelled: only the misspelling is told.
#[tool(timeuot = "5s")]
fn add(
    /// The first one.
    #[arg(default = 1)]
    a: i64,
    #[inject] b: i64,
) -> i64 {
    a + b
}

fn main() {
    let _ = tools![add];
    println!("{}", add(1, 2));
}
