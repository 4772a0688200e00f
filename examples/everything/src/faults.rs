//! Tools for tests of what goes wrong: slow, large, noisy and failing ones.

use std::time::Duration;

use mcp_runtime::prelude::*;

/// Returns what it is given.
#[tool(read_only)]
fn echo(
    /// Any text.
    message: &str,
) -> String {
    message.to_owned()
}

/// Adds two numbers.
#[tool(read_only)]
fn add(
    /// The first one.
    a: i64,
    /// The second one.
    b: i64,
) -> Result<i64, &'static str> {
    a.checked_add(b).ok_or("the sum is too large")
}

/// Prints to standard output, which no server should do.
#[tool]
// What is printed must not reach the client; here is how to see that it does not.
#[expect(clippy::print_stdout)]
fn print(
    /// Any text.
    message: &str,
) -> &'static str {
    println!("{message}");
    "printed"
}

/// Waits without holding a thread.
#[tool]
async fn sleep(
    /// How long, in milliseconds.
    ms: u64,
) -> String {
    tokio::time::sleep(Duration::from_millis(ms)).await;
    format!("slept for {ms} ms")
}

/// Holds a thread, one that is there for it.
#[tool(blocking)]
fn block(
    /// How long, in milliseconds.
    ms: u64,
) -> String {
    std::thread::sleep(Duration::from_millis(ms));
    format!("blocked for {ms} ms")
}

/// Panics.
#[tool]
fn panic() -> String {
    panic!("this tool panics, for testing")
}

/// Sends many progress notifications.
#[tool]
async fn flood(
    /// How many.
    n: u64,
    progress: Progress,
) -> String {
    for i in 1..=n {
        progress.report(i, n, None).await;
    }
    format!("sent {n} progress notifications")
}

/// Sends many log messages.
#[tool]
async fn log_flood(
    /// How many.
    n: u64,
    ctx: &Ctx,
) -> String {
    for i in 1..=n {
        ctx.info(format!("message {i} of {n}")).await;
    }
    format!("sent {n} log messages")
}

/// Returns much text.
#[tool]
fn big(
    /// How many bytes.
    #[arg(range(0..=67_108_864))]
    bytes: usize,
) -> String {
    "x".repeat(bytes)
}

/// Fails with a message.
#[tool]
fn fail(
    /// What to say.
    message: String,
) -> Result<(), String> {
    Err(message)
}
