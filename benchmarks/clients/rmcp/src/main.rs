//! The client of rmcp, as its examples have it.

use std::error::Error;

use client_cpu::{Start, TEXT, Task, WARM, nanoseconds, task};
use rmcp::RoleClient;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RunningService, ServiceExt};
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    // In a task, as programs do it that have more than one thing to do.
    tokio::spawn(run()).await?
}

async fn run() -> Result<(), Box<dyn Error + Send + Sync>> {
    let mut start = Start::now();
    let (client, calls): (RunningService<RoleClient, ()>, u32) = match task() {
        Task::Http { url, calls } => (().serve(StreamableHttpClientTransport::from_uri(url)).await?, calls),
        Task::Stdio { command, calls } => {
            let mut program = tokio::process::Command::new(&command[0]);
            program.args(&command[1..]);
            (().serve(TokioChildProcess::new(program)?).await?, calls)
        }
    };
    let mut before = 0;
    for id in 0..WARM + calls {
        if id == WARM {
            before = nanoseconds();
        }
        let arguments = json!({"message": TEXT}).as_object().cloned().unwrap_or_default();
        let result = client.call_tool(CallToolRequestParams::new("echo").with_arguments(arguments)).await?;
        let text = result.content.first().and_then(|block| block.as_text()).map(|text| text.text.as_str());
        assert_eq!(text, Some(TEXT));
        start.answered();
    }
    start.tell(before, calls);
    client.cancel().await?;
    Ok(())
}
