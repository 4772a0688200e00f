use mcp_runtime::prelude::*;

#[tool(error = "classify")]
fn parse(text: &str) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

fn main() {}
