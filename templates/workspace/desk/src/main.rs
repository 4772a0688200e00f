//! A server with one group of the shared tools.

mcp_runtime::main!(|server| server.mount(&tools::TEXT));
