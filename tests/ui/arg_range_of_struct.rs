use mcp_runtime::prelude::*;

#[derive(serde::Deserialize, schemars::JsonSchema)]
struct Point {
    x: f64,
    y: f64,
}

#[tool]
fn norm(#[arg(range(1..=10))] point: Point) -> f64 {
    point.x.hypot(point.y)
}

fn main() {}
