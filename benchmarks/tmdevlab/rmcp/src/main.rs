//! The three tools on rmcp, set up as `servers/rmcp` is, whose header says what was chosen and why.
//!
//! With `--stateless` before `http` it serves the revisions before 2026-07-28 without sessions, and so with JSON instead of
//! events: this is how the benchmark that this comes from has it.

use std::env;
use std::error::Error;
use std::sync::Arc;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use rmcp::handler::server::router::tool::ToolRouter;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::transport::streamable_http_server::session::local::LocalSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use rmcp::{ServerHandler, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;
use tmdevlab_shop::{Fault, Item, Shop, usual_order};
use tokio::net::TcpListener;

#[derive(Deserialize, JsonSchema)]
struct Search {
    #[serde(default = "electronics")]
    category: String,
    #[serde(default = "fifty")]
    min_price: f64,
    #[serde(default = "five_hundred")]
    max_price: f64,
    #[serde(default = "ten")]
    limit: u32,
}

#[derive(Deserialize, JsonSchema)]
struct User {
    #[serde(default = "user_42")]
    user_id: String,
}

#[derive(Deserialize, JsonSchema)]
struct Purchase {
    #[serde(default = "user_42")]
    user_id: String,
    #[serde(default = "usual_order")]
    items: Vec<Item>,
}

fn electronics() -> String {
    "Electronics".to_owned()
}

const fn fifty() -> f64 {
    50.0
}

const fn five_hundred() -> f64 {
    500.0
}

const fn ten() -> u32 {
    10
}

fn user_42() -> String {
    "user-00042".to_owned()
}

struct Tools {
    shop: Shop,
    tool_router: ToolRouter<Self>,
}

#[tool_router]
impl Tools {
    /// Finds products by category and price, and how popular they are.
    #[tool]
    async fn search_products(&self, Parameters(search): Parameters<Search>) -> Result<String, String> {
        let Search { category, min_price, max_price, limit } = search;
        told(self.shop.search_products(&category, min_price, max_price, limit).await)
    }

    /// Shows what a user has in the cart, and past orders.
    #[tool]
    async fn get_user_cart(&self, Parameters(User { user_id }): Parameters<User>) -> Result<String, String> {
        told(self.shop.get_user_cart(&user_id).await)
    }

    /// Orders: says what it costs, counts it, and notes it in the history.
    #[tool]
    async fn checkout(&self, Parameters(purchase): Parameters<Purchase>) -> Result<String, String> {
        told(self.shop.checkout(&purchase.user_id, &purchase.items).await)
    }
}

/// As the client is told it.
fn told(outcome: Result<String, Fault>) -> Result<String, String> {
    outcome.map_err(|fault| fault.to_string())
}

#[tool_handler(router = self.tool_router)]
impl ServerHandler for Tools {}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    let sessions = !env::args().any(|word| word == "--stateless");
    let tools = Arc::new(Tools { shop: Shop::connect().await?, tool_router: Tools::tool_router() });
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
