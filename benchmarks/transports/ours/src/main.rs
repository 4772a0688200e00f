//! One tool on each transport, with the defaults of all settings.
//!
//! `transports-ours ws|unix|tls`; the last line of the first output is where it is. For `tls` the certificate and its key are named
//! by `CERT` and `KEY`, for `unix` the socket by `SOCKET`.

use std::env;
use std::error::Error;
use std::future::pending;

use mcp_runtime::Tls;
use mcp_runtime::prelude::*;
use mcp_runtime::transport::{Listen, UnixSocket};

/// Returns what it is given.
#[tool]
fn echo(message: String) -> String {
    message
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let server = Server::new("benchmark").build()?;
    match env::args().nth(1).as_deref() {
        Some("ws") => {
            let listening = Http::new(server).with_ws().listen("127.0.0.1:0").await?;
            println!("{}", listening.address()?);
            listening.run(pending()).await;
        }
        Some("tls") => {
            let listening = Http::new(server).listen("127.0.0.1:0").await?;
            println!("{}", listening.address()?);
            listening.tls(Tls::files(env::var("CERT")?, env::var("KEY")?))?.run(pending()).await;
        }
        Some("unix") => {
            let path = env::var("SOCKET")?;
            let socket = UnixSocket::bind(&path)?;
            println!("{path}");
            server.serve([Listen::on(socket)]).await?;
        }
        _ => return Err("transports-ours ws, unix or tls".into()),
    }
    Ok(())
}
