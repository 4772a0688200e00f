//! The tools of the benchmarks on mcp-runtime, as its README has it: nothing is set that could be left out.

mod digits;

use std::error::Error;
use std::future::pending;
use std::time::Duration;

use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;

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

/// What two numbers make.
#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

/// Adds two numbers, for programs.
#[tool]
fn sum(a: i64, b: i64) -> Sum {
    Sum { sum: a + b }
}

/// Reports how far it has come.
#[tool]
async fn progress(count: u32, progress: Progress) -> &'static str {
    for done in 1..=count {
        progress.report(done, count, None).await;
    }
    "done"
}

/// Waits as long as a service behind it would take.
#[tool]
async fn wait() -> &'static str {
    tokio::time::sleep(Duration::from_millis(20)).await;
    "waited"
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut server = Server::new("benchmark");
    if let Ok(tools) = std::env::var("BENCH_TOOLS") {
        server = digits::mount(server, 6..=tools.parse()?);
    }
    let server = server.build()?;
    match std::env::args().nth(1).as_deref() {
        Some("stdio") => server.serve_stdio().await?,
        Some("http") => {
            let listening = Http::new(server).listen("127.0.0.1:0").await?;
            println!("http://{}/mcp", listening.address()?);
            listening.run(pending()).await;
        }
        _ => return Err("ours http, or ours stdio".into()),
    }
    Ok(())
}
