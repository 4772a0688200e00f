//! The server that clients of other projects log in to. The environment has its issuer (`ISSUER`) and, if they are not to be
//! fetched, the file of the issuer's keys (`JWKS`). It says where it listens, and serves until it is killed.

use std::error::Error;

use mcp_runtime::auth::Jwt;
use mcp_runtime::prelude::*;

static GROUP: Group = Group::new("auth-server");

/// Says who is calling, and what they may do.
#[tool(group = GROUP)]
fn who(principal: Principal) -> String {
    let scopes: Vec<_> = principal.scopes().collect();
    let (subject, issuer) = (principal.subject().unwrap_or("nobody"), principal.issuer().unwrap_or("nobody"));
    format!("{subject} of {issuer}: {}", scopes.join(" "))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let check = Jwt::issuer(std::env::var("ISSUER")?);
    let check = match std::env::var("JWKS") {
        Ok(path) => check.jwks_file(path),
        Err(_) => check.require_scopes(["orders:read"]),
    };
    let http = Http::new(Server::of(&GROUP).build()?).authenticate(check);
    let listening = Http::routes().route("/mcp", http).listen("127.0.0.1:0").await?;
    // Whoever has started the program waits for it.
    let (mut out, line) = (std::io::stdout(), format!("http://{}/mcp\n", listening.address()?));
    std::io::Write::write_all(&mut out, line.as_bytes())?;
    listening.run(std::future::pending()).await;
    Ok(())
}
