use mcp_runtime::prelude::*;

struct Point {
    x: f64,
    y: f64,
}

#[tool]
fn norm(point: Point, times: u8) -> f64 {
    point.x.hypot(point.y) * f64::from(times)
}

fn main() {}
