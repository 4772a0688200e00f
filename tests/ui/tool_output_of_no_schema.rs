use mcp_runtime::prelude::*;

struct Report;

#[tool(output = Report)]
fn report() -> ToolResult {
    ToolResult::new()
}

fn main() {}
