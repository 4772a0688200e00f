mcp_runtime::main!(|server| drop(server.state(3_u32)));
