//! What a transport of a program's own has to say.

use std::io;

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;

use super::peer::PeerInfo;
use super::received::Received;
use super::sink::{FrameSink, OwnSink};
use super::source::{FrameSource, OwnSource};

/// Carries the messages of one connection, for a server ([`Server::serve_on`](crate::Server::serve_on)) or for a client
/// ([`Client::over`](crate::client::Client::over)).
///
/// A transport cuts what it reads into messages, and puts each message that it sends apart from the next one: by its length, a
/// delimiter, or the frames of another protocol. All else is done for it: sessions, batches, cancellation, limits, pushing
/// back on a peer that sends faster than it reads, and the end in good order.
///
/// * **Incoming** is a stream of messages: the JSON of one message or one batch each, as bytes. It ends when the peer has sent
///   its last one. After an error nothing more is read. It is polled for the next message only once there is room for its
///   answer, so do not read ahead by more than a buffer.
/// * **Outgoing** is a sink for messages. None of them contains a line break. It is flushed once for all that is ready to be
///   sent, and closed at the end.
/// * [`PeerInfo`] is what is known of the other side: who it is, and where. A client makes no use of it.
///
/// `message_limit` is the most bytes that a message may have. A peer that announces more must not make the transport reserve
/// them: read over the message, show it to [`Oversized`](super::Oversized) piece by piece, and hand that on, so that the peer
/// gets an error under the id of its request.
///
/// ```
/// use std::io;
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
///
/// use mcp_runtime::transport::{Bytes, PeerInfo, Received, Sink, Stream, Transport};
/// use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
///
/// /// Messages that come and go by channels.
/// struct Channels(UnboundedReceiver<Bytes>, UnboundedSender<Bytes>);
///
/// impl Transport for Channels {
///     fn split(
///         self,
///         _message_limit: usize,
///     ) -> (
///         impl Stream<Item = io::Result<Received>> + Send + 'static,
///         impl Sink<Bytes, Error = io::Error> + Send + 'static,
///         PeerInfo,
///     ) {
///         (Incoming(self.0), Outgoing(self.1), PeerInfo::new("channels"))
///     }
/// }
///
/// struct Incoming(UnboundedReceiver<Bytes>);
///
/// impl Stream for Incoming {
///     type Item = io::Result<Received>;
///
///     fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
///         self.0.poll_recv(cx).map(|message| message.map(|message| Ok(message.into())))
///     }
/// }
///
/// struct Outgoing(UnboundedSender<Bytes>);
///
/// impl Sink<Bytes> for Outgoing {
///     type Error = io::Error;
///
///     fn poll_ready(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(())) // A real one is ready once there is room.
///     }
///
///     fn start_send(self: Pin<&mut Self>, message: Bytes) -> io::Result<()> {
///         self.0.send(message).map_err(|_| io::ErrorKind::BrokenPipe.into())
///     }
///
///     fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
///
///     fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
///         Poll::Ready(Ok(()))
///     }
/// }
/// ```
///
/// A `tokio_util::codec::FramedRead` is such a stream, and a `FramedWrite` such a sink. Other errors become `io::Error::other`.
///
/// The example `own-transport` puts the length of each message before it, over TCP.
pub trait Transport: Send + 'static {
    /// The two directions, and what is known of the other side. It is called once, when the connection begins to be served or
    /// used, inside the async runtime.
    fn split(
        self,
        message_limit: usize,
    ) -> (
        impl Stream<Item = io::Result<Received>> + Send + 'static,
        impl Sink<Bytes, Error = io::Error> + Send + 'static,
        PeerInfo,
    );

    /// The same as the runtime uses it.
    #[doc(hidden)]
    fn duplex(self, message_limit: usize) -> Duplex
    where
        Self: Sized,
    {
        let (incoming, outgoing, peer) = self.split(message_limit);
        Duplex {
            source: Box::new(OwnSource::new(incoming, message_limit)),
            sink: Box::new(OwnSink::new(outgoing)),
            peer,
        }
    }
}

/// A connection as the runtime uses it.
#[doc(hidden)]
pub struct Duplex {
    pub(crate) source: Box<dyn FrameSource>,
    pub(crate) sink: Box<dyn FrameSink>,
    pub(crate) peer: PeerInfo,
}

impl std::fmt::Debug for Duplex {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Duplex").field("peer", &self.peer).finish_non_exhaustive()
    }
}
