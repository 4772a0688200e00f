//! A port that is open while the server behind it is still being made.

use std::net::SocketAddr;
use std::sync::Arc;

use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::app::{App, Hold};
use super::listener::Listening;
use super::proxy::Networks;
use super::routes::Routes;
use super::socket::ListenSocket;
use crate::background::background;

/// A port that is open while the program starts. Until there is something to serve `/healthz` is 200, `/readyz` is 503, and
/// other requests wait, within the limits of a [`Hold`]. That the port is taken is found out before anything slow is set up.
#[derive(Debug)]
pub(crate) struct Door {
    address: Option<SocketAddr>,
    place: String,
    app: Arc<App>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    #[cfg(feature = "tls")]
    tls: Option<crate::tls::Tls>,
}

impl Door {
    /// On this socket.
    pub(crate) fn open(socket: impl Into<ListenSocket>, hold: Hold) -> Self {
        Self::of(Listening::on(socket.into(), hold))
    }

    /// The same, where these proxies begin with the PROXY protocol, and perhaps TLS is spoken.
    ///
    /// # Errors
    /// If a text names no proxy, or the certificate and the key cannot be used.
    pub(crate) fn open_behind<'a>(
        socket: ListenSocket,
        hold: Hold,
        proxies: impl Iterator<Item = &'a str>,
        #[cfg(feature = "tls")] tls: Option<crate::tls::Tls>,
    ) -> Result<Self, String> {
        let mut listening = Listening::on(socket, hold);
        for proxy in proxies {
            listening = listening.try_proxy_protocol(proxy)?;
        }
        #[cfg(feature = "tls")]
        if let Some(tls) = tls {
            let listening = listening.secured(tls.clone()).map_err(|error| error.to_string())?;
            return Ok(Self { tls: Some(tls), ..Self::of(listening) });
        }
        Ok(Self::of(listening))
    }

    /// Whether this names proxies.
    ///
    /// # Errors
    /// What to write instead.
    pub(crate) fn check_proxy(text: &str) -> Result<(), String> {
        Networks::default().add(text)
    }

    fn of(listening: Listening) -> Self {
        let (address, place, app) = (listening.address().ok(), listening.place(), Arc::clone(listening.app()));
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(background(listening.run(async {
            // Dropped without a word when the program fails to start.
            let _ = stopped.await;
        })));
        Self {
            address,
            place,
            app,
            stop,
            served,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// Where a path is served, for people: its URL, and the socket that is spoken to if that is no port.
    pub(crate) fn url(&self, scheme: &str, path: &str) -> String {
        let Self { address, place, .. } = self;
        match address {
            Some(address) => format!("{scheme}://{address}{path}"),
            None => format!("{scheme}://localhost{path} of {place}"),
        }
    }

    /// From now on there is something to serve.
    pub(crate) fn ready(&self, routes: Routes) {
        // There was no log when the certificate was read.
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            tls.warn();
        }
        self.app.set(routes.at(self.address));
    }

    /// Serves until `stop` is done, and ends in good order.
    pub(crate) async fn serve(self, stop: impl Future<Output = ()>) {
        let mut stop = std::pin::pin!(stop);
        // Kept until the end: it watches for a second signal.
        stop.as_mut().await;
        let _ = self.stop.send(());
        let _ = self.served.await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    use super::*;
    use crate::transport::http::Http;

    async fn status(address: SocketAddr, page: &str) -> String {
        let mut stream = TcpStream::connect(address).await.expect("the door is open");
        let request = format!("GET {page} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.expect("it reads");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.expect("it answers");
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    }

    #[tokio::test]
    async fn who_calls_while_the_program_starts_is_answered_once_it_is_ready() {
        let door = Door::open(ListenSocket::open("127.0.0.1:0", 0, false).await.expect("a free port"), Hold::default());
        let address = door.address.expect("a port");
        let early = tokio::spawn(async move { status(address, "/mcp").await });
        while door.app.held() == 0 {
            tokio::task::yield_now().await;
        }
        for (page, answer) in [("/healthz", "200"), ("/readyz", "503")] {
            assert_eq!(status(address, page).await, answer, "{page}");
        }
        let server = crate::Server::empty("late").build().expect("a server");
        door.ready(Http::routes().route("/mcp", server));
        assert_eq!(early.await.expect("an answer"), "400");
        for (page, answer) in [("/healthz", "200"), ("/readyz", "200"), ("/mcp", "400")] {
            assert_eq!(status(address, page).await, answer, "{page}");
        }
        door.serve(async {}).await;
        assert!(TcpStream::connect(address).await.is_err());
    }
}
