use mcp_runtime::prelude::*;

fn classify(error: std::io::Error) -> Error {
    Error::internal(error)
}

#[tool(error = classify)]
fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

fn main() {}
