//! A port that is open while the server behind it is still being made.

use std::io;
use std::net::SocketAddr;

use tokio::net::ToSocketAddrs;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::listener::{App, Listening};
use super::routes::Routes;

/// A port that is open while the program starts. Until there is something to serve it says so: `/healthz` is 200,
/// everything else 503. That the port is taken is found out before anything slow is set up.
#[derive(Debug)]
pub(crate) struct Door {
    address: SocketAddr,
    app: App,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Door {
    /// # Errors
    /// Where the address cannot be had.
    pub(crate) async fn open(address: impl ToSocketAddrs) -> io::Result<Self> {
        let listening = Listening::bind(address).await?;
        let (address, app) = (listening.address()?, App::clone(listening.app()));
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(listening.run(async {
            // Dropped without a word when the program fails to start.
            let _ = stopped.await;
        }));
        Ok(Self { address, app, stop, served })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// From now on there is something to serve.
    pub(crate) fn ready(&self, routes: Routes) {
        // It is said once.
        let _ = self.app.set(routes.at(self.address));
    }

    /// Serves until `stop` is done, and ends in good order.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) {
        stop.await;
        let _ = self.stop.send(());
        let _ = self.served.await;
    }
}
