//! What is sent on a socket.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream as _;
use futures_sink::Sink as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Sleep, sleep};
use tokio_tungstenite::tungstenite::{Error, Message, Utf8Bytes};

use super::ends::io_error;
use super::socket::Shared;
use crate::call::Frames;
use crate::transport::stream::sink::FrameSink;

/// How long the other side may take to confirm the end.
const GOODBYE: Duration = Duration::from_secs(1);

/// What is sent on a socket.
pub(super) struct Sending<S> {
    shared: Arc<Shared<S>>,
    progress: u64,
    /// How the end is coming about.
    closing: Closing,
}

enum Closing {
    No,
    /// The last word is on its way.
    Said,
    /// The other side may still confirm it.
    Waits(Pin<Box<Sleep>>),
}

impl<S> Sending<S> {
    pub(super) fn new(shared: Arc<Shared<S>>) -> Self {
        Self { shared, progress: 0, closing: Closing::No }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Sending<S> {
    fn poll_all(&mut self, cx: &mut Context<'_>, frames: &mut Frames) -> Poll<Result<(), Error>> {
        let mut stream = self.shared.stream.lock();
        let mut stream = Pin::new(&mut *stream);
        while !frames.is_empty() {
            ready!(stream.as_mut().poll_ready(cx))?;
            self.progress += 1;
            if let Some(frame) = frames.pop() {
                // Every frame is JSON of our own making, and so UTF-8.
                let text = Utf8Bytes::try_from(Bytes::from(frame.into_vec())).unwrap_or_default();
                stream.as_mut().start_send(Message::Text(text))?;
            }
        }
        stream.poll_flush(cx)
    }

    fn poll_last(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let mut stream = self.shared.stream.lock();
        let mut stream = Pin::new(&mut *stream);
        loop {
            match &mut self.closing {
                Closing::No => {
                    ready!(stream.as_mut().poll_ready(cx))?;
                    // Where the other side has said it first, the answer to that waits to be sent.
                    let _ = stream.as_mut().start_send(Message::Close(Some(self.shared.end().frame())));
                    self.closing = Closing::Said;
                }
                Closing::Said => {
                    ready!(stream.as_mut().poll_flush(cx))?;
                    self.closing = Closing::Waits(Box::pin(sleep(GOODBYE)));
                }
                Closing::Waits(timer) => loop {
                    if timer.as_mut().poll(cx).is_ready() {
                        return Poll::Ready(Ok(()));
                    }
                    match ready!(stream.as_mut().poll_next(cx)) {
                        Some(Ok(_)) => {}
                        Some(Err(_)) | None => return Poll::Ready(Ok(())),
                    }
                },
            }
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> FrameSink for Sending<S> {
    fn poll_send(&mut self, cx: &mut Context<'_>, frames: &mut Frames) -> Poll<io::Result<()>> {
        let sent = self.poll_all(cx, frames);
        if sent.is_pending() {
            *self.shared.writer.lock() = Some(cx.waker().clone());
        }
        sent.map_err(io_error)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        // One that the other side has closed is closed already.
        self.poll_last(cx).map(|_| Ok(()))
    }

    fn progress(&self) -> u64 {
        self.progress
    }
}
