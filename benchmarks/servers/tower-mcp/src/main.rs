//! The tools of the benchmarks on tower-mcp, in its fastest documented set-up, which is the default one: answers are JSON,
//! no layers, pipes instead of blocking standard streams. Both revisions are compiled in.
//!
//! HTTP is axum's server with the transport mounted at `/mcp`, as in its guide to deployment.
//!
//! Beside `http` and `stdio` there is `stdio-blocking`, which reads and writes through tokio's pool of blocking threads.

use std::env;
use std::error::Error;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tower_mcp::extract::{Context, Json};
use tower_mcp::{CallToolResult, HttpTransport, McpRouter, StdioPipes, StdioTransport, Tool, ToolBuilder};

#[derive(Deserialize, JsonSchema)]
struct Message {
    message: String,
}

#[derive(Deserialize, JsonSchema)]
struct Operands {
    a: i64,
    b: i64,
}

#[derive(Deserialize, JsonSchema)]
struct Steps {
    count: u32,
}

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

fn add(name: &str) -> Tool {
    ToolBuilder::new(name)
        .description("Adds two numbers.")
        .handler(|Operands { a, b }: Operands| async move { Ok(CallToolResult::text((a + b).to_string())) })
        .build()
}

fn echo() -> Tool {
    ToolBuilder::new("echo")
        .description("Returns what it is given.")
        .handler(|Message { message }: Message| async move { Ok(CallToolResult::text(message)) })
        .build()
}

fn progress() -> Tool {
    ToolBuilder::new("progress")
        .description("Reports each of its steps.")
        .extractor_handler((), |context: Context, Json(Steps { count }): Json<Steps>| async move {
            for step in 1..=count {
                context.report_progress(step.into(), Some(count.into()), None).await;
                // It keeps 64 that are not sent yet, and drops those that come then.
                tokio::task::yield_now().await;
            }
            Ok(CallToolResult::text("done"))
        })
        .build()
}

fn sum() -> Tool {
    ToolBuilder::new("sum")
        .description("Adds two numbers, structured.")
        .output_schema_for::<Sum>()
        .handler(|Operands { a, b }: Operands| async move { CallToolResult::from_serialize(&Sum { sum: a + b }) })
        .build()
}

fn wait() -> Tool {
    ToolBuilder::new("wait")
        .description("Waits 20 ms, as for an upstream.")
        .no_params_handler(|| async {
            tokio::time::sleep(Duration::from_millis(20)).await;
            Ok(CallToolResult::text("waited"))
        })
        .build()
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut router = McpRouter::new()
        .server_info("benchmark", "1.0.0")
        .tool(add("add"))
        .tool(echo())
        .tool(progress())
        .tool(sum())
        .tool(wait());
    let tools = env::var("BENCH_TOOLS").ok().and_then(|count| count.parse().ok()).unwrap_or(5);
    for number in 6..=tools {
        router = router.tool(add(&format!("tool_{number:04}")));
    }

    match env::args().nth(1).as_deref() {
        Some("http") => {
            let app = HttpTransport::new(router).into_router_at("/mcp");
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("http://{}/mcp", listener.local_addr()?);
            // Only a connection that has gone already refuses it.
            let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
            axum::serve(listener, app).await?;
            Ok(())
        }
        Some("stdio") => Ok(StdioTransport::new(router).run().await?),
        Some("stdio-blocking") => Ok(StdioTransport::new(router).pipes(StdioPipes::Blocking).run().await?),
        _ => Err("http, stdio or stdio-blocking?".into()),
    }
}
