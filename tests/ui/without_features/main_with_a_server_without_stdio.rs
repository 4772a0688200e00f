mcp_runtime::main!(|server| server.state(3_u32));
