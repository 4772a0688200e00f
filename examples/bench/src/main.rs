//! The server that others measure this project with: two tools, and with `BENCH_TOOLS` a thousand.
//!
//! `cargo run --release -p bench` serves on standard input and output, `… -- serve --http 127.0.0.1:3000` on HTTP, both with
//! every revision of the protocol. `BENCH_TOOLS=1000` adds the tools `tool_0002` to `tool_1000`, so that there are 1,001: these
//! 999 beside `echo` and `add`.

mod digits;

use mcp_runtime::prelude::*;

/// Returns what it is given.
#[tool]
fn echo(message: String) -> String {
    message
}

/// Adds two numbers.
#[tool]
fn add(a: i64, b: i64) -> String {
    (a + b).to_string()
}

mcp_runtime::main!(|server| async {
    let Ok(last) = std::env::var("BENCH_TOOLS") else { return Ok(server) };
    Ok(digits::mount(server, 2..=last.parse()?))
});
