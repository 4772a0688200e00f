//! A socket, whose two directions are used by two tasks.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::ends::End;
use super::sink::Sending;
use super::source::Receiving;
use crate::lock::Lock;
use crate::transport::stream::sink::FrameSink;
use crate::transport::stream::source::FrameSource;

/// What is read at once. Each connection has a buffer of this size.
const READ: usize = 8 * 1024;

/// What is written at once, where several messages are ready.
const WRITE: usize = 64 * 1024;

/// How many bytes longer than allowed a message may be and still be read, so that it is answered under its id. It is not kept.
/// Beyond that the connection ends: the frames of the library are whole before anything of them is seen.
const SKIMMED: usize = 1024 * 1024;

/// Which side of a connection this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Server,
    #[cfg(feature = "client")]
    Client,
}

/// What a connection may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    /// The most bytes of a message.
    pub(crate) message: usize,
    /// How often the other side is asked whether it is there, and how long it has to answer.
    pub(crate) ping: Duration,
}

/// A socket that is open.
pub(crate) struct Socket<S> {
    pub(super) shared: Arc<Shared<S>>,
    settings: Settings,
}

/// The two directions of a socket.
pub(crate) type Halves = (Box<dyn FrameSource>, Box<dyn FrameSink>);

/// What both directions use.
pub(super) struct Shared<S> {
    pub(super) stream: Lock<WebSocketStream<Counted<S>>>,
    /// Bytes that were read and belong to no message yet that was given out.
    pub(super) begun: Arc<AtomicUsize>,
    /// Who writes, while it waits. The reader, which sends pings, must not be woken in its place.
    pub(super) writer: Lock<Option<Waker>>,
    /// Why this side ends the connection.
    end: Lock<Option<End>>,
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Socket<S> {
    /// A socket on a connection on which both sides have agreed to speak WebSocket.
    pub(crate) async fn open(stream: S, side: Side, settings: Settings) -> Self {
        let longest = settings.message.saturating_add(SKIMMED);
        let config = WebSocketConfig::default()
            .read_buffer_size(READ)
            .write_buffer_size(WRITE)
            .max_message_size(Some(longest))
            .max_frame_size(Some(longest));
        let role = match side {
            Side::Server => Role::Server,
            #[cfg(feature = "client")]
            Side::Client => Role::Client,
        };
        let begun = Arc::<AtomicUsize>::default();
        let counted = Counted { stream, begun: Arc::clone(&begun) };
        let stream = WebSocketStream::from_raw_socket(counted, role, Some(config)).await;
        let (writer, end) = (Lock::new(None), Lock::new(None));
        Self { shared: Arc::new(Shared { stream: Lock::new(stream), begun, writer, end }), settings }
    }

    /// Both directions.
    pub(crate) fn halves(&self) -> Halves {
        let receiving = Receiving::new(Arc::clone(&self.shared), self.settings);
        (Box::new(receiving), Box::new(Sending::new(Arc::clone(&self.shared))))
    }

    /// Says why this side ends the connection, unless it was said before.
    pub(crate) fn set_end(&self, end: End) {
        self.shared.set_end(end);
    }
}

impl<S> Shared<S> {
    pub(super) fn set_end(&self, end: End) {
        self.end.lock().get_or_insert(end);
    }

    /// Why this side ends the connection; that it is done, where nothing else was said.
    pub(super) fn end(&self) -> End {
        self.end.lock().clone().unwrap_or(End::DONE)
    }
}

/// Counts what is read.
pub(super) struct Counted<S> {
    stream: S,
    begun: Arc<AtomicUsize>,
}

impl<S: AsyncRead + Unpin> AsyncRead for Counted<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
        self.begun.fetch_add(buf.filled().len() - before, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Counted<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
