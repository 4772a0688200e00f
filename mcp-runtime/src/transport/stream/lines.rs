//! A transport on which each message is a line.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use tokio::io::{AsyncRead, AsyncWrite};

use super::own::{Duplex, Transport};
use super::peer::PeerInfo;
use super::received::{Oversized, Received};
use super::sink::{FrameSink, LineSink};
use super::source::{FrameSource, LineSource};
use crate::call::Frames;
use crate::transport::lines::Line;

/// Bytes that may wait before more is taken in.
const BEHIND: usize = 64 * 1024;

/// A [`Transport`] on which each message is a line, as on standard streams: over a socket, a pipe, a serial line.
///
/// ```no_run
/// use mcp_runtime::Server;
/// use mcp_runtime::transport::{Lines, PeerInfo};
///
/// # async fn example(server: Server, stream: tokio::io::DuplexStream) -> std::io::Result<()> {
/// let (reader, writer) = tokio::io::split(stream);
/// server.serve_on(Lines::new(reader, writer, PeerInfo::new("pipe"))).await
/// # }
/// ```
#[derive(Debug)]
pub struct Lines<R, W> {
    reader: R,
    writer: W,
    peer: PeerInfo,
}

impl<R, W> Lines<R, W> {
    /// Messages that are read from `reader` and written to `writer`.
    pub fn new(reader: R, writer: W, peer: PeerInfo) -> Self {
        Self { reader, writer, peer }
    }
}

impl<R, W> Transport for Lines<R, W>
where
    R: AsyncRead + Unpin + Send + 'static,
    W: AsyncWrite + Send + 'static,
{
    fn split(
        self,
        message_limit: usize,
    ) -> (
        impl Stream<Item = io::Result<Received>> + Send + 'static,
        impl Sink<Bytes, Error = io::Error> + Send + 'static,
        PeerInfo,
    ) {
        let source = LineSource::new(self.reader, message_limit);
        let sink = LineSink::new(self.writer);
        (
            Incoming { source, read: VecDeque::new(), is_over: false },
            Outgoing { sink, frames: Frames::default() },
            self.peer,
        )
    }

    /// Lines that are read together are handled together, and written so.
    fn duplex(self, message_limit: usize) -> Duplex {
        Duplex {
            source: Box::new(LineSource::new(self.reader, message_limit)),
            sink: Box::new(LineSink::new(self.writer)),
            peer: self.peer,
        }
    }
}

struct Incoming<R> {
    source: LineSource<R>,
    read: VecDeque<Received>,
    is_over: bool,
}

impl<R: AsyncRead + Unpin + Send + 'static> Stream for Incoming<R> {
    type Item = io::Result<Received>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { source, read, is_over } = self.get_mut();
        loop {
            if let Some(received) = read.pop_front() {
                return Poll::Ready(Some(Ok(received)));
            }
            if *is_over {
                return Poll::Ready(None);
            }
            let more = ready!(source.poll_read(cx, &mut |line| {
                read.push_back(match line {
                    Line::Whole(line) => Received::Message(line),
                    Line::TooLong(skimmed) => Received::TooLong(Oversized::from(skimmed)),
                });
                true
            }));
            match more {
                Ok(more) => *is_over = !more,
                Err(error) => return Poll::Ready(Some(Err(error))),
            }
        }
    }
}

struct Outgoing<W> {
    sink: LineSink<W>,
    frames: Frames,
}

impl<W: AsyncWrite + Send + 'static> Sink<Bytes> for Outgoing<W> {
    type Error = io::Error;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.frames.bytes() < BEHIND { Poll::Ready(Ok(())) } else { self.poll_flush(cx) }
    }

    fn start_send(mut self: Pin<&mut Self>, message: Bytes) -> io::Result<()> {
        self.frames.push(message.into());
        Ok(())
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let Self { sink, frames } = self.get_mut();
        sink.poll_send(cx, frames)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.as_mut().poll_flush(cx))?;
        self.sink.poll_close(cx)
    }
}

// Nothing in it is pinned where it stands.
impl<W> Unpin for Outgoing<W> {}
