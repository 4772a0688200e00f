//! The server at the other end: in this process, with a socket of its own.

use std::net::SocketAddr;

use mcp_runtime::{Http, Listening, Server, Tls};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::process::PATIENCE;

/// A server that runs until it is stopped.
pub(super) struct Served {
    pub(super) address: SocketAddr,
    stop: oneshot::Sender<()>,
    running: JoinHandle<()>,
}

async fn listen(server: &Server) -> Listening {
    Http::new(server).listen("127.0.0.1:0").await.expect("a free port")
}

impl Served {
    pub(super) async fn start(server: &Server, tls: Option<Tls>) -> Self {
        let listening = listen(server).await;
        let listening = match tls {
            Some(tls) => listening.tls(tls).expect("a certificate and its key"),
            None => listening,
        };
        let address = listening.address().expect("its address");
        let (stop, stopped) = oneshot::channel();
        let running = tokio::spawn(listening.run(async {
            let _ = stopped.await;
        }));
        Self { address, stop, running }
    }

    /// Stops it, and waits for what it still has to do.
    pub(super) async fn stop(self) {
        let _ = self.stop.send(());
        timeout(PATIENCE, self.running).await.expect("the server stops in time").expect("the server does not panic");
    }
}
