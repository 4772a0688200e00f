//! A transport of channels, whose peer is the test.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};

use mcp_runtime::Principal;
use mcp_runtime::transport::{Bytes, PeerInfo, Received, Sink, Stream, Transport};
use serde_json::{Value, json};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// The server's end.
pub(crate) struct Channels {
    incoming: UnboundedReceiver<io::Result<Received>>,
    outgoing: Outgoing,
    taken: Arc<AtomicUsize>,
    pub(crate) principal: Principal,
}

/// The test's end.
pub(crate) struct Peer {
    send: Option<UnboundedSender<io::Result<Received>>>,
    receive: UnboundedReceiver<Bytes>,
    /// Whether it takes nothing.
    pub(crate) is_deaf: Arc<AtomicBool>,
    /// How many messages the server has taken in.
    pub(crate) taken: Arc<AtomicUsize>,
}

/// What handlers find.
pub(crate) struct Rack(pub(crate) u8);

pub(crate) fn channels() -> (Channels, Peer) {
    let (send, incoming) = unbounded_channel();
    let (outgoing, receive) = unbounded_channel();
    let (is_deaf, taken) = (Arc::<AtomicBool>::default(), Arc::<AtomicUsize>::default());
    let outgoing = Outgoing { send: outgoing, is_deaf: Arc::clone(&is_deaf) };
    let ours = Channels { incoming, outgoing, taken: Arc::clone(&taken), principal: Principal::anonymous() };
    (ours, Peer { send: Some(send), receive, is_deaf, taken })
}

impl Transport for Channels {
    fn split(
        self,
        _: usize,
    ) -> (
        impl Stream<Item = io::Result<Received>> + Send + 'static,
        impl Sink<Bytes, Error = io::Error> + Send + 'static,
        PeerInfo,
    ) {
        let peer = PeerInfo::new("channels").name("the test").extension(Rack(7));
        let peer = if self.principal.is_anonymous() { peer } else { peer.principal(self.principal) };
        (Incoming(self.incoming, self.taken), self.outgoing, peer)
    }
}

struct Incoming(UnboundedReceiver<io::Result<Received>>, Arc<AtomicUsize>);

impl Stream for Incoming {
    type Item = io::Result<Received>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let polled = self.0.poll_recv(cx);
        if matches!(polled, Poll::Ready(Some(_))) {
            self.1.fetch_add(1, Relaxed);
        }
        polled
    }
}

struct Outgoing {
    send: UnboundedSender<Bytes>,
    is_deaf: Arc<AtomicBool>,
}

impl Sink<Bytes> for Outgoing {
    type Error = io::Error;

    fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_deaf.load(Relaxed) { Poll::Pending } else { Poll::Ready(Ok(())) }
    }

    fn start_send(self: Pin<&mut Self>, message: Bytes) -> io::Result<()> {
        self.send.send(message).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_ready(cx)
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl Peer {
    pub(crate) fn send(&self, message: &Value) {
        self.receive_it(message.to_string().into());
    }

    /// Hands anything to the server.
    pub(crate) fn receive_it(&self, received: Received) {
        let send = self.send.as_ref().expect("it was not closed");
        send.send(Ok(received)).expect("the server reads");
    }

    /// The transport fails.
    pub(crate) fn fail(&self, kind: io::ErrorKind) {
        let send = self.send.as_ref().expect("it was not closed");
        send.send(Err(kind.into())).expect("the server reads");
    }

    /// Opens a session.
    pub(crate) async fn open(&mut self) {
        let hello =
            json!({"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}});
        self.send(&json!({"jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": hello}));
        self.receive().await.expect("an answer");
        self.send(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
    }

    pub(crate) fn call(&self, id: u64, name: &str) {
        self.send(&json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": name}}));
    }

    pub(crate) async fn receive(&mut self) -> Option<Value> {
        let message = self.receive.recv().await?;
        Some(serde_json::from_slice(&message).expect("JSON"))
    }

    /// The text of the next message, which is an answer.
    pub(crate) async fn text(&mut self) -> String {
        let answer = self.receive().await.expect("an answer");
        answer["result"]["content"][0]["text"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
    }

    /// The last message was sent.
    pub(crate) fn close(&mut self) {
        self.send = None;
    }
}
