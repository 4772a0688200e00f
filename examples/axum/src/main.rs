//! MCP beside the routes of an axum program, for callers that have a key.
//!
//! ```sh
//! SHOP_KEYS="ada=open-sesame" cargo run -p axum-shop                    # serves http://127.0.0.1:3000/mcp
//! SHOP_KEYS="ada=open-sesame" cargo run -p axum-shop -- call price item=tea
//! ```
//!
//! Clients send the header `Authorization: Bearer open-sesame`.

mod keys;

use std::env;
use std::process::ExitCode;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use mcp_runtime::prelude::*;
use mcp_runtime::shutdown_signal;
use tokio::net::TcpListener;

use crate::keys::Keys;

/// How long calls in flight may go on once the program is told to stop. Orchestrators kill after half a minute.
const GRACE: Duration = Duration::from_secs(20);

/// What a thing costs, in cents.
#[tool(read_only)]
fn price(item: &str) -> usize {
    item.len() * 100
}

/// Orders a thing for the caller.
#[tool]
fn order(item: &str, principal: Principal) -> Result<String> {
    let who = principal.subject().ok_or_else(|| Error::new("orders need a key"))?;
    Ok(format!("{item} for {who}"))
}

/// The server. Its keys are checked whatever serves it on HTTP: axum, or `serve --http` of the command line.
fn server() -> ServerBuilder {
    let keys = Keys::parse(&env::var("SHOP_KEYS").unwrap_or_default());
    mcp_runtime::server!()
        .http(move |http| http.authenticate(keys.clone()))
        .on_stop(async |_| eprintln!("the shop is closed"))
}

#[tokio::main]
async fn main() -> ExitCode {
    // `list`, `call`, `serve --http` and the other commands.
    if env::args_os().len() > 1 {
        return mcp_runtime::run!(server()).await;
    }
    match serve().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves until the process is told to stop, lets calls in flight finish, and runs what `on_stop` has registered.
async fn serve() -> Result<(), Box<dyn std::error::Error>> {
    mcp_runtime::init_logging();
    let server = server().build()?;
    let mcp = Http::new(&server);
    let app = Router::new().route("/", get(|| async { "A shop." })).nest_service("/mcp", mcp.clone());

    // Answers are written whole: waiting for more would only hold them up.
    let address = env::var("SHOP_ADDRESS").unwrap_or_else(|_| "127.0.0.1:3000".to_owned());
    let listener = TcpListener::bind(address).await?;
    eprintln!("listening at http://{}/mcp", listener.local_addr()?);
    let listener = listener.tap_io(|stream| {
        let _ = stream.set_nodelay(true);
    });

    // SIGTERM, Ctrl-C or SIGHUP.
    let (told, late) = (shutdown_signal(), shutdown_signal());
    let stop = async move {
        told.await;
        // Streams that only listen would keep the program from ending.
        mcp.close();
    };
    tokio::select! {
        served = axum::serve(listener, app).with_graceful_shutdown(stop) => served?,
        () = async { late.await; tokio::time::sleep(GRACE).await } => eprintln!("some calls took longer than {GRACE:?}"),
    }
    server.stop().await;
    Ok(())
}
