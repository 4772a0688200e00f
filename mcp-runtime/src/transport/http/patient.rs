//! A connection to a client that may stop reading, or never say anything.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::turn::Turn;

/// From so many bytes hyper tells which HTTP a client speaks. From then on it watches the time itself.
const PREFACE: usize = 24;

/// A stream whose writes fail once the other side has taken nothing for some time, and whose reads fail when its first
/// bytes do not come in time: a client that does not read or write must not hold its connection, and what waits for it,
/// for ever.
pub(super) struct Patient<S> {
    stream: S,
    turn: Arc<Turn>,
    patience: Duration,
    /// Runs while a write waits. Kept to be used again.
    timer: Option<Pin<Box<Sleep>>>,
    waits: bool,
    /// How many of the first bytes have come, and until when they must all have: until they have.
    first: Option<(usize, Pin<Box<Sleep>>)>,
}

impl<S> Patient<S> {
    /// A stream that waits so long for its first bytes, and so long with each write.
    pub(super) fn new(stream: S, turn: Arc<Turn>, first: Duration, patience: Duration) -> Self {
        let first = Some((0, Box::pin(tokio::time::sleep(first))));
        Self { stream, turn, patience, timer: None, waits: false, first }
    }

    /// What became of a write, or that it waited too long.
    fn watched<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waits = false;
            return written;
        }
        let patience = self.patience;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        if !std::mem::replace(&mut self.waits, true) {
            timer.as_mut().reset(Instant::now() + patience);
        }
        timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let came = buf.filled().get(before..).unwrap_or_default();
        if !came.is_empty() {
            self.turn.bytes_came(if self.first.is_some() { came } else { &[] });
        }
        let Some((come, until)) = &mut self.first else { return read };
        *come += buf.filled().len() - before;
        if *come >= PREFACE {
            self.first = None;
        } else if read.is_pending() && until.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Patient<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        self.watched(cx, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, bufs);
        self.watched(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up_and_who_takes_little_is_not() {
        let patience = Duration::from_secs(60);
        let (ours, mut theirs) = duplex(16);
        let mut ours = Patient::new(ours, Arc::default(), patience, patience);
        let writing = tokio::spawn(async move { ours.write_all(&[0; 160]).await.map_err(|error| error.kind()) });
        for _ in 0..8 {
            tokio::time::sleep(patience / 2).await;
            theirs.read_exact(&mut [0; 16]).await.expect("sixteen bytes more");
        }
        let began = Instant::now();
        assert_eq!(writing.await.expect("it ends"), Err(io::ErrorKind::TimedOut));
        assert_eq!(began.elapsed().as_secs(), patience.as_secs());
    }

    #[tokio::test(start_paused = true)]
    async fn who_does_not_begin_is_given_up_and_who_began_may_take_a_break() {
        let patience = Duration::from_secs(60);
        for (first, comes) in [(0, false), (PREFACE - 1, false), (PREFACE, true)] {
            let (ours, mut theirs) = duplex(64);
            let mut ours = Patient::new(ours, Arc::default(), patience, patience);
            let reading = tokio::spawn(async move { ours.read_exact(&mut [0; PREFACE + 1]).await.is_ok() });
            theirs.write_all(&vec![0; first]).await.expect("they are taken");
            tokio::time::sleep(patience * 2).await;
            // Nobody may be there to take it.
            let _ = theirs.write_all(&[0; PREFACE + 1]).await;
            assert_eq!(reading.await.expect("it ends"), comes, "after {first} bytes");
        }
    }
}
