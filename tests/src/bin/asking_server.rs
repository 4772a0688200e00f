//! The server whose functions ask, as a process of its own. It says its address, and serves until its input ends.
//! `STATE_KEYS` says which keys it has: `2,1`, the first of them the one that seals.

use std::io::{Read as _, Write as _};

use mcp_runtime::Http;
use mcp_tests::asking::builder;
use tokio::sync::oneshot;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let keys = std::env::var("STATE_KEYS").unwrap_or_default();
    let keys = keys.split_terminator(',').map(|key| [key.parse().expect("a small number"); 32]);
    let server = builder().state_keys(keys).build().expect("a server that starts");
    let listening = Http::new(server).listen("127.0.0.1:0").await?;
    writeln!(std::io::stdout(), "{}", listening.address()?)?;
    let (stop, stopped) = oneshot::channel::<()>();
    std::thread::spawn(move || {
        // Nothing is ever written to it: this waits for its end.
        let _ = std::io::stdin().read(&mut [0]);
        drop(stop);
    });
    listening
        .run(async {
            let _ = stopped.await;
        })
        .await;
    Ok(())
}
