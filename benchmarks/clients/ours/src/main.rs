//! The client of mcp-runtime, as its guide has it.

use std::error::Error;

use client_cpu::{Start, TEXT, Task, WARM, nanoseconds, task};
use mcp_runtime::client::{Client, Launch};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    // In a task, as programs do it that have more than one thing to do.
    tokio::spawn(run()).await?
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut start = Start::now();
    let (client, calls) = match task() {
        Task::Http { url, calls } => (Client::connect(url).await?, calls),
        Task::Stdio { command, calls } => (Client::spawn(Launch::new(&command[0]).args(&command[1..])).await?, calls),
    };
    let mut before = 0;
    for id in 0..WARM + calls {
        if id == WARM {
            before = nanoseconds();
        }
        let result = client.call("echo", json!({"message": TEXT})).await?;
        assert_eq!(result.text(), TEXT);
        start.answered();
    }
    start.tell(before, calls);
    client.close().await;
    Ok(())
}
