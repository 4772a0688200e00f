//! The server that the tests talk to, and clients of it.

use std::net::SocketAddr;

use mcp_runtime::client::{Client, ClientError, ClientTls, Retry};
use mcp_runtime::prelude::*;
use mcp_runtime::{Http, Tls};
use mcp_tests::certificates::Folder;
use serde_json::json;

static GROUP: Group = Group::new("tls-tests").version("1.0.0");

/// Says who calls, and over which version of HTTP.
#[tool(group = GROUP)]
fn who(ctx: &Ctx, principal: Principal) -> String {
    let subject = principal.subject().unwrap_or("nobody");
    let version = ctx.http().map(|parts| parts.version);
    format!("{subject} over {}", version.map(|version| format!("{version:?}")).unwrap_or_default())
}

/// Says what the certificate has beside its subject.
#[tool(group = GROUP)]
fn names(principal: Principal) -> String {
    let issuer = principal.issuer().unwrap_or_default();
    format!("{issuer} {}", principal.claim("san").map(|names| names.get()).unwrap_or_default())
}

pub fn builder() -> ServerBuilder {
    Server::of(&GROUP)
}

/// How the server is served that has `server.pem` and `server.key` of a folder.
pub fn tls(folder: &Folder) -> Tls {
    Tls::files(folder.path("server.pem"), folder.path("server.key"))
}

/// Serves it, until the test's runtime ends.
pub async fn serve(tls: Tls) -> SocketAddr {
    let server = builder().build().expect("a server");
    let listening = Http::new(&server).listen("127.0.0.1:0").await.expect("a port").tls(tls).expect("certificates");
    let address = listening.address().expect("an address");
    tokio::spawn(listening.run(std::future::pending()));
    address
}

/// A client that trusts the authority of `ca.pem` in a folder.
pub fn trusting(folder: &Folder) -> ClientTls {
    ClientTls::new().ca_file(folder.path("ca.pem"))
}

/// What a tool says to a client of a server at this host.
pub async fn ask(tls: ClientTls, host: &str, address: SocketAddr, tool: &str) -> Result<String, ClientError> {
    let builder = Client::builder().tls(tls).retry(Retry::never());
    let client = builder.connect(format!("https://{host}:{}/mcp", address.port())).await?;
    let said = client.call(tool, json!({})).await?.text();
    client.close().await;
    Ok(said)
}
