use mcp_runtime::prelude::*;

#[derive(serde::Deserialize)]
struct Point {
    x: f64,
    y: f64,
}

#[tool]
fn norm(point: Point) -> f64 {
    point.x.hypot(point.y)
}

fn main() {}
