use mcp_runtime::prelude::*;

struct Point {
    x: f64,
    y: f64,
}

#[tool]
fn origin() -> Point {
    Point { x: 0.0, y: 0.0 }
}

fn show(point: &Point) -> f64 {
    point.x + point.y
}

fn main() {}
