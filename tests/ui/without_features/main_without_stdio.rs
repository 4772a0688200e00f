mcp_runtime::main!();
