//! The tools of the benchmarks on flymcprust, as its guide has it: it is fast by default, and documents nothing that
//! would make it faster. Its log has no subscriber.

use std::env;
use std::error::Error;
use std::future::{Future, pending};
use std::pin::Pin;
use std::time::Duration;

use flymcprust::prelude::*;
use flymcprust::transport::http::{StreamableHttpService, serve};
use flymcprust::{IntoToolResult as _, Tool as _, ToolDef, ToolResult};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use tokio::net::TcpListener;

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

/// Adds two numbers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

/// Returns what it is given.
#[tool]
fn echo(message: String) -> String {
    message
}

/// Reports each of its steps.
#[tool]
async fn progress(ctx: Ctx, count: u32) -> String {
    for step in 1..=count {
        ctx.progress(step.into(), f64::from(count));
        // It keeps 32 that are not sent yet, and of those that come then only the latest.
        tokio::task::yield_now().await;
    }
    "done".to_owned()
}

/// Adds two numbers, structured.
#[tool]
fn sum(a: i64, b: i64) -> Json<Sum> {
    Json(Sum { sum: a + b })
}

/// Waits 20 ms, as for an upstream.
#[tool]
async fn wait() -> String {
    tokio::time::sleep(Duration::from_millis(20)).await;
    "waited".to_owned()
}

#[derive(Deserialize)]
struct Operands {
    a: i64,
    b: i64,
}

/// `add`, under another name: the macro gives a function one name only.
fn numbered(number: usize) -> ToolDef {
    type Call = Pin<Box<dyn Future<Output = ToolResult> + Send>>;
    fn call(arguments: Option<&RawValue>, _: Ctx) -> Result<Call, ToolError> {
        let Operands { a, b } = serde_json::from_str(arguments.map_or("{}", RawValue::get))
            .map_err(|error| ToolError::invalid_arguments(&error))?;
        Ok(Box::pin(async move { add(a, b).into_tool_result() }))
    }

    let mut tool = add::definition().tool().clone();
    tool.name = format!("tool_{number:04}");
    ToolDef::new(tool, call)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut server = Server::builder("benchmark", "1.0.0")
        .tool::<add>()
        .tool::<echo>()
        .tool::<progress>()
        .tool::<sum>()
        .tool::<wait>();
    let tools = env::var("BENCH_TOOLS").ok().and_then(|count| count.parse().ok()).unwrap_or(5);
    for number in 6..=tools {
        server = server.tool_def(numbered(number));
    }
    let server = server.build()?;

    match env::args().nth(1).as_deref() {
        Some("http") => {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("http://{}/mcp", listener.local_addr()?);
            serve(listener, StreamableHttpService::new(server), "/mcp", pending()).await?;
            Ok(())
        }
        Some("stdio") => Ok(server.serve_stdio().await?),
        _ => Err("http or stdio?".into()),
    }
}
