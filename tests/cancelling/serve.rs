//! The server on HTTP.

use std::future::pending;
use std::net::SocketAddr;
use std::sync::Arc;

use mcp_runtime::{Http, Server, State};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::stage::Stage;
use super::tools::GROUP;
use crate::load::serve::within;

/// A server on a free port, until it is stopped.
pub struct Serving {
    pub address: SocketAddr,
    pub stage: State<Stage>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Serving {
    /// A server that takes so many calls at once, of all clients together and of each session.
    pub async fn start(calls: usize, of_session: usize) -> Self {
        let stage = State::from(Arc::<Stage>::default());
        let server = Server::of(&GROUP).state_arc(stage.clone().into_arc()).call_limit(of_session);
        let server = server.build().expect("a server");
        let listening = Http::new(server).call_limit(calls).listen("127.0.0.1:0").await.expect("a free port");
        let address = listening.address().expect("its address");
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(listening.run(async {
            if stopped.await.is_err() {
                pending::<()>().await;
            }
        }));
        Self { address, stage, stop, served }
    }

    /// Stops it, which waits for all calls to end; then nothing is alive.
    pub async fn stop(self) {
        self.stop.send(()).expect("it is running");
        within(self.served).await.expect("it ends well");
        self.stage.is_quiet().await;
    }
}
