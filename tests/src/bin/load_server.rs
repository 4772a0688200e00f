//! The server that load is put on, as a process of its own: `load-server SESSIONS`. It says its address, and serves until
//! its input ends.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use mcp_runtime::Http;
use mcp_tests::load::{Stage, builder};
use tokio::sync::oneshot;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let sessions = std::env::args().nth(1).and_then(|sessions| sessions.parse().ok()).expect("how many sessions");
    let server = builder(&Arc::<Stage>::default()).build().expect("a server that starts");
    let http = Http::new(server).session_limits(sessions, Duration::from_secs(3600)).session_min_idle(Duration::ZERO);
    // Some of its calls never end.
    let listening = http.listen("127.0.0.1:0").await?.grace(Duration::ZERO);
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
