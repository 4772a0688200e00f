//! A program that starts a server and waits to be killed: `client-host COMMAND…`.

use std::io::Write as _;

use mcp_runtime::client::{Client, Launch};

#[tokio::main]
async fn main() {
    let mut words = std::env::args().skip(1);
    let launch = Launch::new(words.next().expect("a program")).args(words);
    let client = Client::spawn(launch).await.expect("a server");
    writeln!(std::io::stdout(), "connected").expect("somebody reads");
    std::future::pending::<()>().await;
    drop(client);
}
