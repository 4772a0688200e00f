//! A counter: eight tools, two prompts, two resources. Run `cargo run -p counter -- call increment`.

use std::sync::atomic::{AtomicI32, Ordering::Relaxed};

use mcp_runtime::prelude::*;
use serde_json::{Map, Value};

/// Increments the counter by 1.
#[tool]
fn increment(counter: State<AtomicI32>) -> i32 {
    counter.fetch_add(1, Relaxed) + 1
}

/// Decrements the counter by 1.
#[tool]
fn decrement(counter: State<AtomicI32>) -> i32 {
    counter.fetch_sub(1, Relaxed) - 1
}

/// Gets the value of the counter.
#[tool(read_only)]
fn get_value(counter: State<AtomicI32>) -> i32 {
    counter.load(Relaxed)
}

/// Takes ten seconds.
#[tool]
async fn long_task() -> &'static str {
    tokio::time::sleep(std::time::Duration::from_secs(10)).await;
    "Long task completed"
}

/// Says hello to the client.
#[tool]
fn say_hello() -> &'static str {
    "hello"
}

/// Repeats what you say.
#[tool]
fn echo(#[arg(flatten)] said: Map<String, Value>) -> String {
    Value::Object(said).to_string()
}

/// Adds two numbers.
#[tool(read_only)]
fn sum(a: i32, b: i32) -> i32 {
    a + b
}

/// Gets the session's ID.
#[tool(read_only)]
fn get_session_id(ctx: &Ctx) -> Result<String> {
    Ok(ctx.session().ok_or_else(|| Error::new("no session"))?.id())
}

/// Shows a message.
#[prompt(meta = { "example.com/key": "value" })]
fn example_prompt(message: &str) -> String {
    format!("This is an example prompt with your message: {message}")
}

/// Analyzes the counter, and suggests how to reach the goal; the strategy is `fast` or `careful`.
#[prompt]
fn counter_analysis(goal: i32, #[arg(default = "careful")] strategy: &str, counter: State<AtomicI32>) -> Prompt {
    let value = counter.load(Relaxed);
    let task = format!("The counter is {value}, the goal {goal}, the strategy {strategy}. How do I get there?");
    let messages = [PromptMessage::assistant("I'll look at the counter."), PromptMessage::user(task)];
    Prompt::new(messages).description(format!("From {value} to {goal}"))
}

/// The directory.
#[resource("str:////Users/to/some/path/", name = "cwd")]
fn directory() -> &'static str {
    "/Users/to/some/path/"
}

/// A memo.
#[resource("memo://insights", name = "memo-name")]
fn insights() -> &'static str {
    "Business Intelligence Memo: the analysis has five insights"
}

mcp_runtime::main!(|server| server.state(AtomicI32::new(0)).instructions("Counts, and says what to do next."));
