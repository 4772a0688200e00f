//! A server on a transport of its own, and a client of it. Run `cargo run -p own-transport -- serve 127.0.0.1:4000`, and beside
//! it `cargo run -p own-transport -- call 127.0.0.1:4000 2 3`.

use std::error::Error;
use std::future::IntoFuture as _;
use std::pin::pin;

use mcp_runtime::client::Client;
use mcp_runtime::prelude::*;
use own_transport::LengthPrefixed;
use serde_json::json;
use tokio::net::{TcpListener, TcpStream};

/// Adds two numbers.
#[tool]
fn add(a: i64, b: i64) -> i64 {
    a + b
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match &*words.iter().map(String::as_str).collect::<Vec<_>>() {
        ["serve", address] => serve(address).await,
        ["call", address, a, b] => {
            let stream = TcpStream::connect(address).await?;
            stream.set_nodelay(true)?;
            let client = Client::over(LengthPrefixed(stream)).await?;
            let sum: i64 =
                client.call("add", json!({ "a": a.parse::<i64>()?, "b": b.parse::<i64>()? })).await?.value()?;
            #[allow(clippy::print_stdout)] // Nothing else speaks there.
            {
                println!("{sum}");
            }
            Ok(())
        }
        _ => Err("write `serve ADDRESS`, or `call ADDRESS A B`".into()),
    }
}

/// Serves each connection in a task of its own, until the process is told to stop.
async fn serve(address: &str) -> Result<(), Box<dyn Error>> {
    let server = Server::new("calculator").build()?;
    let listener = TcpListener::bind(address).await?;
    let mut stop = pin!(mcp_runtime::shutdown_signal());
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted?;
                // Messages are short, and the other side waits for each.
                stream.set_nodelay(true)?;
                tokio::spawn(server.serve_on(LengthPrefixed(stream)).into_future());
            }
            () = &mut stop => return Ok(()),
        }
    }
}
