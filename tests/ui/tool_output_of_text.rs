use mcp_runtime::prelude::*;

#[derive(schemars::JsonSchema)]
struct Report {}

#[tool(output = Report)]
fn report() -> Result<String> {
    Ok(String::new())
}

fn main() {}
