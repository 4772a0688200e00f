use mcp_runtime::prelude::*;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Point {
    x: f64,
    y: f64,
}

#[tool]
fn norm(Point { x, y }: Point) -> f64 {
    x.hypot(y)
}

fn main() {}
