//! The tools of the benchmarks on turbomcp, in its fastest documented set-up: its SIMD codec (feature `simd`), no layers.
//!
//! HTTP is axum's server with the router of the transport, which its own `serve_http` would build too: that one does not
//! tell which port it got.

use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use axum::serve::ListenerExt as _;
use schemars::JsonSchema;
use serde::Serialize;
use tokio::net::TcpListener;
use turbomcp::LegacySessionAdapter;
use turbomcp::http::{HttpConfig, router};
use turbomcp::prelude::*;

#[derive(Serialize, JsonSchema)]
struct Sum {
    sum: i64,
}

#[derive(Clone)]
struct Tools;

#[server(name = "benchmark", version = "1.0.0")]
impl Tools {
    /// Adds two numbers.
    #[tool]
    async fn add(&self, a: i64, b: i64) -> i64 {
        a + b
    }

    /// Returns what it is given.
    #[tool]
    async fn echo(&self, message: String) -> String {
        message
    }

    /// Reports each of its steps.
    #[tool]
    async fn progress(&self, ctx: &CallToolContext, count: u32) -> String {
        for step in 1..=count {
            ctx.progress.report(step.into(), Some(count.into()), None).await;
        }
        "done".to_owned()
    }

    /// Adds two numbers, structured.
    #[tool]
    async fn sum(&self, a: i64, b: i64) -> Json<Sum> {
        Json(Sum { sum: a + b })
    }

    /// Waits 20 ms, as for an upstream.
    #[tool]
    async fn wait(&self) -> String {
        tokio::time::sleep(Duration::from_millis(20)).await;
        "waited".to_owned()
    }
}

/// `Tools` and further tools that add, since the macro gives a method one name only.
#[derive(Clone)]
struct Catalog {
    further: Arc<[neutral::Tool]>,
}

impl Catalog {
    async fn new(count: usize) -> McpResult<Self> {
        let context = ListToolsContext::new(RequestContext::default());
        let Some(add) = Tools.lookup_tool(&context, "add".to_owned()).await? else {
            return Err(McpError::internal("`add` is not there"));
        };
        let further = (6..=count).map(|number| {
            let mut tool = add.clone();
            tool.name = format!("tool_{number:04}");
            tool
        });
        Ok(Self { further: further.collect() })
    }

    fn find(&self, name: &str) -> Option<&neutral::Tool> {
        let found = self.further.binary_search_by(|tool| tool.name.as_str().cmp(name)).ok()?;
        self.further.get(found)
    }
}

impl McpServerCore for Catalog {
    fn server_info(&self) -> Implementation {
        Tools.server_info()
    }
}

impl WithTools for Catalog {
    async fn lookup_tool(&self, context: &ListToolsContext, name: String) -> McpResult<Option<neutral::Tool>> {
        match self.find(&name) {
            Some(tool) => Ok(Some(tool.clone())),
            None => Tools.lookup_tool(context, name).await,
        }
    }

    async fn list_tools(
        &self,
        context: &ListToolsContext,
        params: neutral::ListParams,
    ) -> McpResult<neutral::ListToolsResult> {
        let mut list = Tools.list_tools(context, params).await?;
        let wait = list.tools.pop();
        list.tools.extend(self.further.iter().cloned());
        list.tools.extend(wait);
        Ok(list)
    }

    async fn call_tool(
        &self,
        context: &CallToolContext,
        mut params: neutral::CallToolParams,
    ) -> McpResult<neutral::CallToolResult> {
        if self.find(&params.name).is_some() {
            params.name = "add".to_owned();
        }
        Tools.call_tool(context, params).await
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match env::var("BENCH_TOOLS").ok().and_then(|count| count.parse().ok()) {
        Some(count) if count > 5 => serve(ServerBuilder::new(Catalog::new(count).await?).with_tools()).await,
        _ => serve(Tools.into_server()).await,
    }
}

async fn serve<S: McpServerCore>(server: ServerBuilder<S>) -> Result<(), Box<dyn Error>> {
    let dispatcher = server.build();
    match env::args().nth(1).as_deref() {
        Some("http") => {
            let config = HttpConfig::new().with_session_terminator(Arc::new(dispatcher.session_terminator()));
            let app = router(dispatcher, config);
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            println!("http://{}/mcp", listener.local_addr()?);
            // Only a connection that has gone already refuses it.
            let listener = listener.tap_io(|stream| _ = stream.set_nodelay(true));
            axum::serve(listener, app).await?;
            Ok(())
        }
        Some("stdio") => Ok(serve_stdio(LegacySessionAdapter::new(dispatcher)).await?),
        _ => Err("http or stdio?".into()),
    }
}
