//! MCP beside the routes of an axum program: `cargo run -p axum-shop`, then give http://127.0.0.1:3000/mcp to a client.

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use mcp_runtime::prelude::*;
use tokio::net::TcpListener;

/// What a thing costs, in cents.
#[tool]
fn price(item: &str) -> usize {
    item.len() * 100
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mcp = Http::new(Server::new("shop").build()?);
    let app = Router::new().route("/", get(|| async { "A shop." })).nest_service("/mcp", mcp.clone());

    // Answers are written whole: waiting for more would only hold them up.
    let listener = TcpListener::bind("127.0.0.1:3000").await?.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });
    let stop = async move {
        let _ = tokio::signal::ctrl_c().await;
        // Streams that only listen would keep the program from ending.
        mcp.close();
    };
    axum::serve(listener, app).with_graceful_shutdown(stop).await?;
    Ok(())
}
