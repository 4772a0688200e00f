//! A transcript over WebSocket, as a client that is not ours would have it.

use std::collections::VecDeque;

use futures_util::{SinkExt as _, StreamExt as _};
use mcp_runtime::http::request::Parts;
use mcp_runtime::transport::StreamLimits;
use mcp_runtime::{Challenge, Http};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use super::body::{Body, Frame};
use crate::fixture;
use crate::process::PATIENCE;

/// A socket to a server in this process.
pub struct WebSocket {
    stream: WebSocketStream<TcpStream>,
    /// What came before it was asked for.
    received: VecDeque<Option<Frame>>,
    stop: Option<oneshot::Sender<()>>,
    runtime: Runtime,
}

impl WebSocket {
    /// Connects to a variant of the fixture server.
    ///
    /// # Panics
    /// Where there is no runtime or no port to be had.
    pub fn connect(variant: &str) -> Self {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
        let (stop, stopped) = oneshot::channel();
        let stream = runtime.block_on(async {
            // As long as calls may go on when the input of a process ends.
            let mut http = Http::new(fixture::kept::for_case(variant).0).ws_limits(StreamLimits::new());
            if let Some(caller) = fixture::caller(variant) {
                http = http.authenticate(move |_: &Parts| Ok::<_, Challenge>(caller.clone()));
            }
            let listening = http.listen("127.0.0.1:0").await.expect("a free port");
            let address = listening.address().expect("its address");
            tokio::spawn(listening.run(async {
                let _ = stopped.await;
            }));
            let mut request = format!("ws://{address}/ws").into_client_request().expect("a request");
            request.headers_mut().insert("Sec-WebSocket-Protocol", "mcp".parse().expect("a value"));
            let stream = TcpStream::connect(address).await.expect("it listens");
            stream.set_nodelay(true).expect("a socket");
            tokio_tungstenite::client_async(request, stream).await.expect("a socket").0
        });
        Self { stream, received: VecDeque::new(), stop: Some(stop), runtime }
    }
}

impl Body for WebSocket {
    fn send(&mut self, frame: &str) {
        self.runtime.block_on(self.stream.send(Message::text(frame))).expect("the server reads");
    }

    fn receive(&mut self) -> Option<Frame> {
        if let Some(frame) = self.received.pop_front() {
            return frame;
        }
        loop {
            if let Some(frame) = frame(self.next()) {
                return frame;
            }
        }
    }

    /// A socket ends in both directions at once; so the server is stopped, which ends its direction in good order. First it has to
    /// have read what was sent, as the other ways have it: it answers a ping once it has.
    fn close(&mut self) {
        if self.runtime.block_on(self.stream.send(Message::Ping(Bytes::new()))).is_ok() {
            loop {
                match self.next() {
                    Some(Ok(Message::Pong(_))) => break,
                    message => {
                        let Some(frame) = frame(message) else { continue };
                        let is_over = frame.is_none();
                        self.received.push_back(frame);
                        if is_over {
                            break;
                        }
                    }
                }
            }
        }
        drop(self.stop.take());
    }
}

impl WebSocket {
    fn next(&mut self) -> Option<Result<Message, Error>> {
        let received = async { timeout(PATIENCE, self.stream.next()).await.expect("the server answers in time") };
        self.runtime.block_on(received)
    }
}

/// What a message says: that the connection has ended, if there is none. Nothing where it is about the connection alone.
fn frame(message: Option<Result<Message, Error>>) -> Option<Option<Frame>> {
    match message {
        Some(Ok(Message::Text(text))) => Some(Some(Frame::only(text.to_string()))),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => None,
        Some(Ok(Message::Close(_))) | None => Some(None),
        other => Some(Some(Frame { stream: 0, text: Err(format!("{other:?}")) })),
    }
}
