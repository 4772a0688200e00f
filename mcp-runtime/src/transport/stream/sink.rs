//! Where messages go.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_sink::Sink;
use tokio::io::AsyncWrite;

use crate::call::Frames;

/// Messages up to so many bytes are written together.
const TOGETHER: usize = 64 * 1024;

/// A buffer of this size is kept for the next messages.
const KEPT: usize = 4 * 1024;

/// Where messages go.
pub(crate) trait FrameSink: Send + 'static {
    /// Sends all of them; ready once they have left.
    fn poll_send(&mut self, cx: &mut Context<'_>, frames: &mut Frames) -> Poll<io::Result<()>>;

    /// Ends the direction, in good order.
    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// A number that grows whenever the peer has taken something.
    fn progress(&self) -> u64;
}

/// A stream of bytes, on which each message is a line.
pub(crate) struct LineSink<W> {
    stream: Pin<Box<W>>,
    /// What is being written, up to where it is written.
    lines: Vec<u8>,
    written: usize,
    progress: u64,
    failed: Option<io::ErrorKind>,
}

impl<W> LineSink<W> {
    pub(crate) fn new(stream: W) -> Self {
        Self { stream: Box::pin(stream), lines: Vec::new(), written: 0, progress: 0, failed: None }
    }
}

impl<W: AsyncWrite + Send + 'static> LineSink<W> {
    fn poll_lines(&mut self, cx: &mut Context<'_>, frames: &mut Frames) -> Poll<io::Result<()>> {
        loop {
            while self.written < self.lines.len() {
                let n = ready!(self.stream.as_mut().poll_write(cx, &self.lines[self.written..]))?;
                if n == 0 {
                    return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
                }
                self.written += n;
                self.progress += n as u64;
            }
            self.written = 0;
            self.lines.clear();
            // A burst does not keep its memory for ever.
            if self.lines.capacity() > KEPT {
                self.lines = Vec::new();
            }
            // One message, as most often, is not copied.
            while self.lines.len() < TOGETHER && frames.pop_into(&mut self.lines) {
                self.lines.push(b'\n');
            }
            if self.lines.is_empty() {
                return self.stream.as_mut().poll_flush(cx);
            }
        }
    }
}

impl<W: AsyncWrite + Send + 'static> FrameSink for LineSink<W> {
    fn poll_send(&mut self, cx: &mut Context<'_>, frames: &mut Frames) -> Poll<io::Result<()>> {
        if let Some(kind) = self.failed {
            return Poll::Ready(Err(kind.into()));
        }
        let sent = self.poll_lines(cx, frames);
        if let Poll::Ready(Err(error)) = &sent {
            self.failed = Some(error.kind());
        }
        sent
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(cx)
    }

    fn progress(&self) -> u64 {
        self.progress
    }
}

/// A sink of messages of the program's own.
pub(crate) struct OwnSink<S> {
    sink: Pin<Box<S>>,
    progress: u64,
}

impl<S> OwnSink<S> {
    pub(crate) fn new(sink: S) -> Self {
        Self { sink: Box::pin(sink), progress: 0 }
    }
}

impl<S, E> FrameSink for OwnSink<S>
where
    S: Sink<Bytes, Error = E> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    fn poll_send(&mut self, cx: &mut Context<'_>, frames: &mut Frames) -> Poll<io::Result<()>> {
        let mut sink = self.sink.as_mut();
        while !frames.is_empty() {
            ready!(sink.as_mut().poll_ready(cx)).map_err(io::Error::other)?;
            self.progress += 1;
            if let Some(frame) = frames.pop() {
                sink.as_mut().start_send(frame.into_vec().into()).map_err(io::Error::other)?;
            }
        }
        sink.poll_flush(cx).map_err(io::Error::other)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sink.as_mut().poll_close(cx).map_err(io::Error::other)
    }

    fn progress(&self) -> u64 {
        self.progress
    }
}
