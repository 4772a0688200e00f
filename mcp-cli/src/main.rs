//! `mcp`: lists, calls and reads what any MCP server offers, from a shell.
//!
//! ```text
//! cargo install --path mcp-cli
//! mcp list http://127.0.0.1:3000/mcp
//! mcp call add a=2 b=3 -- my-server --quiet
//! ```
//!
//! The commands are those of server programs, and live in `mcp-runtime` beside them. `docs/mcp.md` is the guide.

use std::process::ExitCode;

fn main() -> ExitCode {
    mcp_runtime::__private::mcp(env!("CARGO_PKG_VERSION"))
}
