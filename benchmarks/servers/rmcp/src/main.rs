//! The tools of the benchmarks on rmcp, in its fastest documented set-up.
//!
//! - The router of the tools is kept (`router = self.tool_router`) and the handler is shared by all requests. Left to
//!   itself, the macro builds the router anew for each request.
//! - HTTP is served by hyper alone, as in `counter_hyper_streamable_http` of its examples. `json_response` answers with
//!   JSON where that is allowed: everywhere in revision 2026-07-28, nowhere in a session of 2025-11-25. There the events
//!   that only help to resume a stream are off, as are the comments that keep a silent one open.
//! - Standard input and output are driven as pipes (`stdio_pipes`).
//!
//! Beside `http` and `stdio` there are `stdio-example`, the transport that its examples use, and `http-stateless`, which
//! also serves 2025-11-25 without sessions and so with JSON.

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::wrapper::{Json, Parameters};
use rmcp::model::ProgressNotificationParam;
use rmcp::service::RequestContext;
use rmcp::transport::io::{stdio, stdio_pipes};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{RoleServer, ServerHandler, ServiceExt as _, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;

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

struct Tools {
    tool_router: ToolRouter<Self>,
}

#[tool_router]
impl Tools {
    fn new(count: usize) -> Self {
        let mut tool_router = Self::tool_router();
        for number in 6..=count {
            let mut tool = Self::add_tool_attr();
            tool.name = format!("tool_{number:04}").into();
            tool_router = tool_router.with_route((tool, Self::add));
        }
        Self { tool_router }
    }

    /// Adds two numbers.
    #[tool]
    fn add(&self, Parameters(Operands { a, b }): Parameters<Operands>) -> String {
        (a + b).to_string()
    }

    /// Returns what it is given.
    #[tool]
    fn echo(&self, Parameters(Message { message }): Parameters<Message>) -> String {
        message
    }

    /// Reports each of its steps.
    #[tool]
    async fn progress(
        &self,
        Parameters(Steps { count }): Parameters<Steps>,
        context: RequestContext<RoleServer>,
    ) -> String {
        if let Some(token) = context.meta.get_progress_token() {
            for step in 1..=count {
                let report = ProgressNotificationParam::new(token.clone(), step.into()).with_total(count.into());
                if context.peer.notify_progress(report).await.is_err() {
                    break;
                }
            }
        }
        "done".to_owned()
    }

    /// Adds two numbers, structured.
    #[tool]
    fn sum(&self, Parameters(Operands { a, b }): Parameters<Operands>) -> Json<Sum> {
        Json(Sum { sum: a + b })
    }

    /// Waits 20 ms, as for an upstream.
    #[tool]
    async fn wait(&self) -> String {
        tokio::time::sleep(Duration::from_millis(20)).await;
        "waited".to_owned()
    }
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Tools {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let tools = env::var("BENCH_TOOLS").ok().and_then(|count| count.parse().ok()).unwrap_or(5);
    let tools = Arc::new(Tools::new(tools));
    match env::args().nth(1).as_deref() {
        Some("http") => serve_http(tools, true).await,
        Some("http-stateless") => serve_http(tools, false).await,
        Some("stdio") => {
            tools.serve(stdio_pipes()).await?.waiting().await?;
            Ok(())
        }
        Some("stdio-example") => {
            tools.serve(stdio()).await?.waiting().await?;
            Ok(())
        }
        _ => Err("http, http-stateless, stdio or stdio-example?".into()),
    }
}

async fn serve_http(tools: Arc<Tools>, sessions: bool) -> Result<(), Box<dyn Error>> {
    let mut manager = LocalSessionManager::default();
    manager.session_config.sse_retry = None;
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(sessions)
        .with_json_response(true)
        .with_sse_retry(None)
        .with_sse_keep_alive(None);
    let service = StreamableHttpService::new(move || Ok(Arc::clone(&tools)), Arc::new(manager), config);
    let service = TowerToHyperService::new(service);

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    println!("http://{}/mcp", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = service.clone();
        // A connection that breaks is the client's affair.
        tokio::spawn(async move {
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
