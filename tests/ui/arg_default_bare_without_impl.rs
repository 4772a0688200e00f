use mcp_runtime::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Deserialize, Serialize, schemars::JsonSchema)]
enum Unit {
    Celsius,
    Kelvin,
}

#[tool]
fn measure(#[arg(default)] unit: Unit) -> Unit {
    unit
}

fn main() {}
