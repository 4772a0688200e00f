//! A server whose requests are traced, as the variables of OpenTelemetry say.

use mcp_runtime::layers::Trace;
use mcp_runtime::prelude::*;

/// Adds two numbers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

mcp_runtime::main!(|server| server.trace(Trace::from_env()?));
