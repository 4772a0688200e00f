use mcp_runtime::prelude::*;

fn classify(error: std::num::ParseIntError) -> Error {
    Error::invalid(error)
}

#[tool(error = classify)]
fn parse(text: &str) -> u32 {
    text.len() as u32
}

fn main() {}
