//! A server that wants to know who calls.

use std::net::SocketAddr;

use mcp_runtime::prelude::*;
use mcp_runtime::{Authenticate, Routes};
use tokio::task::JoinHandle;

use super::client::{Answer, Headers, send};

static GROUP: Group = Group::new("auth");

/// Says who is calling.
#[tool(group = GROUP)]
fn who(principal: Principal) -> String {
    let issuer = principal.issuer().unwrap_or("nobody's").to_owned();
    let scopes: Vec<_> = principal.scopes().collect();
    format!("{} of {issuer}: {}", principal.subject().unwrap_or("nobody"), scopes.join(" "))
}

/// A server on a free port, until it is dropped.
pub struct Running {
    pub address: SocketAddr,
    served: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.served.abort();
    }
}

pub fn server() -> Server {
    Server::of(&GROUP).build().expect("a server")
}

pub async fn serve(check: impl Authenticate) -> Running {
    serve_at(Http::routes().route("/mcp", Http::new(server()).authenticate(check))).await
}

pub async fn serve_at(routes: Routes) -> Running {
    let listening = routes.listen("127.0.0.1:0").await.expect("a free port");
    let address = listening.address().expect("its address");
    let served = tokio::spawn(async move { listening.run(std::future::pending()).await });
    Running { address, served }
}

pub fn bearer(token: &str) -> Headers {
    vec![("Authorization".to_owned(), format!("Bearer {token}"))]
}

/// A call of the stateless era.
pub fn stateless(headers: &[(String, String)]) -> (Headers, String) {
    let own = [("MCP-Protocol-Version", "2026-07-28"), ("Mcp-Method", "tools/call"), ("Mcp-Name", "who")];
    let mut all: Headers = own.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    all.extend_from_slice(headers);
    let meta = concat!(
        r#""_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","#,
        r#""io.modelcontextprotocol/clientCapabilities":{}}"#
    );
    let params = format!(r#"{{"name":"who","arguments":{{}},{meta}}}"#);
    (all, format!(r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{params}}}"#))
}

pub async fn call(address: SocketAddr, token: &str) -> Answer {
    let (headers, body) = stateless(&bearer(token));
    send(address, "POST", "/mcp", &headers, &body).await
}

/// Whom the server takes the holder of a token for; or with which status it is refused.
pub async fn who_is(address: SocketAddr, token: &str) -> Result<String, u16> {
    let answer = call(address, token).await;
    let text = answer.body.split(r#""text":""#).nth(1).and_then(|rest| rest.split('"').next());
    text.map(str::to_owned).ok_or(answer.status)
}

pub const INITIALIZE: &str = concat!(
    r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-11-25","#,
    r#""capabilities":{},"clientInfo":{"name":"t","version":"1"}}}"#
);

/// A session: the header that names it.
pub async fn open(address: SocketAddr, headers: &[(String, String)]) -> (String, String) {
    let answer = send(address, "POST", "/mcp", headers, INITIALIZE).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let session = ("Mcp-Session-Id".to_owned(), answer.one("mcp-session-id").to_owned());
    let ready = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
    let all = [headers, std::slice::from_ref(&session)].concat();
    assert_eq!(send(address, "POST", "/mcp", &all, ready).await.status, 202);
    session
}

/// A call in a session.
pub const CALL: &str = r#"{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"who","arguments":{}}}"#;
