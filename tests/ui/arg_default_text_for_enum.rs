use mcp_runtime::prelude::*;

#[derive(Clone, Copy, serde::Deserialize, schemars::JsonSchema)]
enum Unit {
    Celsius,
    Kelvin,
}

#[tool]
fn temperature(#[arg(default = "celsius")] unit: Unit) -> f64 {
    match unit {
        Unit::Celsius => 20.0,
        Unit::Kelvin => 293.15,
    }
}

fn main() {}
