//! The server that the tests talk to.

use std::future::pending;
use std::net::SocketAddr;
use std::time::Duration;

use mcp_runtime::prelude::*;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::client::Client;

static GROUP: Group = Group::new("http-tests").version("1.0.0");

/// Returns what it is given.
#[tool(group = GROUP)]
fn echo(message: &str) -> String {
    message.to_owned()
}

/// Says three things before it answers.
#[tool(group = GROUP)]
async fn talk(ctx: &Ctx) -> &'static str {
    for word in ["one", "two", "three"] {
        ctx.info(word).await;
    }
    "done"
}

/// Answers once it is told to, and says first that it is running.
#[tool(group = GROUP)]
async fn hold(ctx: &Ctx, gate: State<Gate>) -> &'static str {
    ctx.info("running").await;
    gate.released.notified().await;
    ctx.info("released").await;
    "done"
}

/// Lets `hold` answer.
#[tool(group = GROUP)]
fn release(gate: State<Gate>) {
    gate.released.notify_one();
}

/// Has an argument that a header mirrors.
#[tool(group = GROUP)]
fn mirrored(#[arg(header = "Region")] region: &str) -> String {
    region.to_owned()
}

/// Blocks a thread until it is told to answer.
#[tool(group = GROUP, blocking)]
fn block(gate: State<Gate>) -> &'static str {
    gate.begun.notify_one();
    let open = gate.open.lock().expect("nobody panics");
    drop(gate.opened.wait_while(open, |open| !*open).expect("nobody panics"));
    "done"
}

/// Lets `block` answer, once it has begun.
#[tool(group = GROUP)]
fn unblock(gate: State<Gate>) {
    *gate.open.lock().expect("nobody panics") = true;
    gate.opened.notify_all();
}

/// Answers once `block` has begun.
#[tool(group = GROUP)]
async fn blocks(gate: State<Gate>) {
    gate.begun.notified().await;
}

#[derive(Default)]
struct Gate {
    released: tokio::sync::Notify,
    begun: tokio::sync::Notify,
    open: std::sync::Mutex<bool>,
    opened: std::sync::Condvar,
}

/// Says who is calling.
#[tool(group = GROUP)]
fn who(principal: Principal) -> String {
    principal.subject().unwrap_or("nobody").to_owned()
}

/// A server on a free port, until it is dropped or stopped.
pub struct Running {
    pub address: SocketAddr,
    pub stop: oneshot::Sender<()>,
    pub served: JoinHandle<()>,
}

/// The server itself.
pub fn server() -> Server {
    builder().build().expect("a server")
}

/// The same, before it is built.
pub fn builder() -> ServerBuilder {
    Server::of(&GROUP).state(Gate::default()).message_limit(100_000)
}

pub async fn serve() -> Running {
    serve_at(Http::routes().route("/mcp", server())).await
}

pub async fn serve_at(routes: Routes) -> Running {
    let listening = routes.listen("127.0.0.1:0").await.expect("a free port");
    let address = listening.address().expect("its address");
    let (stop, stopped) = oneshot::channel();
    // What ends only with its grace does not end while the tests wait.
    let listening = listening.grace(Duration::from_secs(24 * 60 * 60));
    let served = tokio::spawn(listening.run(async {
        if stopped.await.is_err() {
            pending::<()>().await;
        }
    }));
    Running { address, stop, served }
}

/// A session of the newest revision that has sessions.
pub async fn open(server: &Running) -> Client {
    open_as(server, "2025-11-25", &[]).await
}

/// A session of a revision, opened with these headers, which every request has from then on.
pub async fn open_as(server: &Running, version: &str, headers: &[(&'static str, String)]) -> Client {
    let mut client = Client::new(server.address);
    headers.iter().for_each(|(name, value)| client.always(name, value.clone()));
    let answer = client.post(&[], &INITIALIZE.replace("2025-11-25", version)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let session = answer.header("mcp-session-id").expect("a session").to_owned();
    client.always("Mcp-Session-Id", session);
    let ready = client.post(&[], r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).await;
    assert_eq!((ready.status, ready.body.as_str()), (202, ""));
    client
}

pub const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
);

pub fn call(id: u32, tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}}}}}"#
    )
}
