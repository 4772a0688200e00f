use mcp_runtime::prelude::*;

fn classify(error: std::num::ParseIntError) -> String {
    error.to_string()
}

#[tool(error = classify)]
fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

fn main() {}
