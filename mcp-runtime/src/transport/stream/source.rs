//! Where messages come from.

use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use mcp_proto::wire::Skimmer;
use tokio::io::{AsyncRead, ReadBuf};

use super::received::Received;
use crate::transport::lines::{Line, Lines};

/// How much is read at once. It stands on the stack, so that a connection on which nothing comes has no buffer.
///
/// Most reads bring a small message. A function with a buffer of many pages touches each page when it is called, all of them at the same
/// place, which takes the whole of a set of the processor's cache.
const READ: usize = 4 * 1024;

/// The same after a read that brought as much as a small one.
const READ_MUCH: usize = 32 * 1024;

/// How many messages of a stream of the program's own are taken together, at the most.
const TOGETHER: usize = 64;

/// Where messages come from.
pub(crate) trait FrameSource: Send + 'static {
    /// Reads once. Each message that is whole now goes to `hear`, until that says that it has heard enough for now. Whether
    /// more may come.
    fn poll_read(&mut self, cx: &mut Context<'_>, hear: &mut dyn FnMut(Line) -> bool) -> Poll<io::Result<bool>>;

    /// The bytes that are kept of a message that is not whole; 1 where they are only counted.
    fn begun(&self) -> usize;

    /// The connection ends because of this, which its last word may say.
    fn fail(&mut self, _why: &io::Error) {}
}

/// A stream of bytes, on which each message is a line.
pub(crate) struct LineSource<R> {
    stream: R,
    lines: Lines,
    /// What was read, and is not looked at yet.
    rest: Vec<u8>,
    /// The last read has brought much.
    is_much: bool,
    is_over: bool,
}

impl<R> LineSource<R> {
    /// Lines of so many bytes at the most.
    pub(crate) fn new(stream: R, limit: usize) -> Self {
        Self { stream, lines: Lines::new(limit), rest: Vec::new(), is_much: false, is_over: false }
    }

    /// Hears what was read, as far as `hear` wants it now. Keeps the rest.
    fn hear(&mut self, mut read: &[u8], hear: &mut dyn FnMut(Line) -> bool) {
        while let Some(line) = self.lines.next(&mut read) {
            if !hear(line) {
                self.rest = read.to_vec();
                return;
            }
        }
    }
}

impl<R: AsyncRead + Unpin + Send + 'static> FrameSource for LineSource<R> {
    fn poll_read(&mut self, cx: &mut Context<'_>, hear: &mut dyn FnMut(Line) -> bool) -> Poll<io::Result<bool>> {
        if !self.rest.is_empty() {
            let rest = std::mem::take(&mut self.rest);
            self.hear(&rest, hear);
            return Poll::Ready(Ok(true));
        }
        if self.is_over {
            return Poll::Ready(Ok(false));
        }
        if self.is_much { self.poll_chunk::<READ_MUCH>(cx, hear) } else { self.poll_chunk::<READ>(cx, hear) }
    }

    fn begun(&self) -> usize {
        self.lines.begun()
    }
}

impl<R: AsyncRead + Unpin> LineSource<R> {
    /// Reads up to so many bytes. In a function of its own, so that the large buffer costs small reads nothing.
    #[inline(never)]
    fn poll_chunk<const N: usize>(
        &mut self,
        cx: &mut Context<'_>,
        hear: &mut dyn FnMut(Line) -> bool,
    ) -> Poll<io::Result<bool>> {
        let mut chunk = [MaybeUninit::uninit(); N];
        let mut chunk = ReadBuf::uninit(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut chunk))?;
        self.is_much = chunk.filled().len() >= READ;
        if chunk.filled().is_empty() {
            self.end(hear);
            return Poll::Ready(Ok(false));
        }
        self.hear(chunk.filled(), hear);
        Poll::Ready(Ok(true))
    }

    /// The peer says no more.
    #[cold]
    fn end(&mut self, hear: &mut dyn FnMut(Line) -> bool) {
        self.is_over = true;
        // Half a line, if any, is told of as what it is: no message.
        if let Some(line) = self.lines.end() {
            hear(line);
        }
    }
}

/// A stream of messages of the program's own.
pub(crate) struct OwnSource<S> {
    stream: Pin<Box<S>>,
    limit: usize,
}

impl<S> OwnSource<S> {
    /// Messages of so many bytes at the most.
    pub(crate) fn new(stream: S, limit: usize) -> Self {
        Self { stream: Box::pin(stream), limit }
    }
}

impl<S: Stream<Item = io::Result<Received>> + Send + 'static> FrameSource for OwnSource<S> {
    fn poll_read(&mut self, cx: &mut Context<'_>, hear: &mut dyn FnMut(Line) -> bool) -> Poll<io::Result<bool>> {
        for taken in 0..TOGETHER {
            let line = match self.stream.as_mut().poll_next(cx) {
                Poll::Pending if taken == 0 => return Poll::Pending,
                // It is polled again before anything is waited for.
                Poll::Pending => break,
                Poll::Ready(None) => return Poll::Ready(Ok(false)),
                Poll::Ready(Some(received)) => line(received?, self.limit),
            };
            if !hear(line) {
                break;
            }
        }
        Poll::Ready(Ok(true))
    }

    /// It keeps to itself what it has read.
    fn begun(&self) -> usize {
        0
    }
}

fn line(received: Received, limit: usize) -> Line {
    match received {
        Received::Message(message) if message.len() > limit => {
            let mut skimmed = Skimmer::default();
            skimmed.feed(&message);
            Line::TooLong(skimmed)
        }
        Received::Message(message) => Line::Whole(message),
        Received::TooLong(oversized) => Line::TooLong(oversized.skimmed()),
    }
}
