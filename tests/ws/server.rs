//! The server that the tests talk to, and a client by hand.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use futures_util::{SinkExt as _, StreamExt as _};
use mcp_runtime::prelude::*;
use mcp_runtime::{Challenge, Http};
use mcp_tests::process::PATIENCE;
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error, Message};

pub static GROUP: Group = Group::new("ws-tests").version("1.0.0");

/// Says who calls, and what of the request is seen.
#[tool(group = GROUP)]
fn who(ctx: &Ctx, principal: Principal) -> String {
    let subject = principal.subject().unwrap_or("nobody");
    format!("{subject} offers {}", ctx.header("sec-websocket-protocol").unwrap_or("nothing"))
}

/// Returns what it is given.
#[tool(group = GROUP)]
fn echo(message: &str) -> String {
    message.to_owned()
}

/// Never ends.
#[tool(group = GROUP)]
async fn hang() {
    std::future::pending().await
}

pub fn server() -> Server {
    Server::of(&GROUP).message_limit(4096).build().expect("a server")
}

pub fn http() -> Http {
    Http::new(server()).with_ws()
}

/// Lets in whoever has the token of Ada, and one whose token is over soon.
pub fn check(request: &mcp_runtime::http::request::Parts) -> Result<Principal, Challenge> {
    match request.headers.get("authorization").map(|value| value.as_bytes()) {
        Some(b"Bearer secret") => Ok(Principal::new("ada")),
        Some(b"Bearer brief") => Ok(Principal::new("eve").with_expiry(SystemTime::now() + Duration::from_millis(200))),
        _ => Err(Challenge::bearer()),
    }
}

/// Serves it, until what is returned is dropped.
pub async fn serve(http: Http) -> (SocketAddr, oneshot::Sender<()>) {
    let listening = http.listen("127.0.0.1:0").await.expect("a port");
    let address = listening.address().expect("an address");
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(listening.run(async {
        let _ = stopped.await;
    }));
    (address, stop)
}

pub type Socket = WebSocketStream<TcpStream>;

/// A socket at a path, asked for with these headers.
pub async fn open(address: SocketAddr, path: &str, headers: &[(&'static str, &str)]) -> Result<Socket, Error> {
    let mut request = format!("ws://{address}{path}").into_client_request().expect("a request");
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().expect("a value"));
    }
    let stream = TcpStream::connect(address).await.expect("it listens");
    tokio_tungstenite::client_async(request, stream).await.map(|(socket, _)| socket)
}

/// What comes next.
pub async fn next(socket: &mut Socket) -> Option<Result<Message, Error>> {
    timeout(PATIENCE, socket.next()).await.expect("the server answers in time")
}

/// The answer to a call of the stateless era.
pub async fn call(socket: &mut Socket, tool: &str, arguments: &str) -> String {
    socket.send(Message::text(request(tool, arguments))).await.expect("it reads");
    next(socket).await.expect("an answer").expect("an answer").into_text().expect("text").to_string()
}

pub fn request(tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},"_meta":{{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
    )
}

/// How the server ends the connection: the code and the words.
pub async fn end(socket: &mut Socket) -> (u16, String) {
    loop {
        match next(socket).await {
            Some(Ok(Message::Close(Some(CloseFrame { code, reason })))) => return (code.into(), reason.to_string()),
            Some(Ok(_)) => {}
            other => panic!("it has ended without a word: {other:?}"),
        }
    }
}
