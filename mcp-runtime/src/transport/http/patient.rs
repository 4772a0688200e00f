//! A connection to a client that may stop reading.

use std::future::Future;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::limits::Linger;
use super::turn::Turn;

/// How HTTP/2 begins (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// How much of what the client goes on sending is taken at a time.
const GULP: usize = 8 * 1024;

/// A stream whose writes fail once the other side has taken nothing for some time: a client that does not read must not hold
/// its connection, and what waits for it, for ever. It also notes whose turn it is.
pub(super) struct Patient<S> {
    stream: S,
    turn: Arc<Turn>,
    /// What is still to come of HTTP/2's first bytes, as long as it may be that.
    preface: Option<&'static [u8]>,
    patience: Duration,
    /// How long the client may go on sending what is not read any more, and how much of it is taken.
    linger: Linger,
    /// Runs while a write waits. Kept to be used again.
    timer: Option<Pin<Box<Sleep>>>,
    waits: bool,
    /// The last word has been said.
    is_shut: bool,
    /// Runs while what the client still sends is taken.
    lingering: Option<Pin<Box<Sleep>>>,
    /// How much of that was taken.
    lingered: usize,
}

impl<S> Patient<S> {
    /// A stream that waits so long with each write.
    pub(super) fn new(stream: S, turn: Arc<Turn>, patience: Duration, linger: Linger) -> Self {
        Self {
            stream,
            turn,
            preface: Some(PREFACE),
            patience,
            linger,
            timer: None,
            waits: false,
            is_shut: false,
            lingering: None,
            lingered: 0,
        }
    }

    /// Bytes have come. The first ones tell whether it is HTTP/2, and only all of them: from there on hyper asks whether the
    /// client is there.
    fn note(&mut self, came: &[u8]) {
        self.turn.bytes_came();
        let Some(rest) = self.preface else { return };
        let length = rest.len().min(came.len());
        self.preface = (rest[..length] == came[..length]).then(|| &rest[length..]);
        if self.preface.is_some_and(<[u8]>::is_empty) {
            self.turn.set_many();
            self.preface = None;
        }
    }

    /// What became of a write, or that it waited too long.
    fn watched<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            if std::mem::take(&mut self.waits) {
                self.turn.set_writing(false);
            }
            return written;
        }
        let patience = self.patience;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        if !std::mem::replace(&mut self.waits, true) {
            self.turn.set_writing(true);
            // Further away than the clock goes is never: the runtime's own sleep is as far away as it can be.
            match Instant::now().checked_add(patience) {
                Some(until) => timer.as_mut().reset(until),
                None => timer.set(tokio::time::sleep(patience)),
            }
        }
        timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> Patient<S> {
    /// Takes what the client still sends, up to a point, after the last word to it. Closed while something is unread, the
    /// connection would be reset, and the client might never see the answer (RFC 9112, 9.6).
    fn linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut gulp = [MaybeUninit::uninit(); GULP];
        let Linger { time, bytes } = self.linger;
        let timer = self.lingering.get_or_insert_with(|| Box::pin(tokio::time::sleep(time)));
        while self.lingered < bytes && timer.as_mut().poll(cx).is_pending() {
            let mut gulp = ReadBuf::uninit(&mut gulp);
            match Pin::new(&mut self.stream).poll_read(cx, &mut gulp) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if !gulp.filled().is_empty() => self.lingered += gulp.filled().len(),
                Poll::Ready(_) => break,
            }
        }
        Poll::Ready(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        let came = buf.filled().get(before..).unwrap_or_default();
        if !came.is_empty() {
            self.note(came);
        }
        read
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Patient<S> {
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
        if !self.is_shut {
            ready!(Pin::new(&mut self.stream).poll_shutdown(cx))?;
            self.is_shut = true;
        }
        if self.turn.may_be_sending() { self.linger(cx).map(Ok) } else { Poll::Ready(Ok(())) }
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    const LINGER: Linger = Linger { time: Duration::from_secs(7), bytes: 10_000_000 };

    #[tokio::test(start_paused = true)]
    async fn who_takes_nothing_is_given_up_and_who_takes_little_is_not() {
        let patience = Duration::from_secs(60);
        let (ours, mut theirs) = duplex(16);
        let mut ours = Patient::new(ours, Arc::default(), patience, Linger::default());
        let writing = tokio::spawn(async move { ours.write_all(&[0; 160]).await.map_err(|error| error.kind()) });
        for _ in 0..8 {
            tokio::time::sleep(patience / 2).await;
            theirs.read_exact(&mut [0; 16]).await.expect("sixteen bytes more");
        }
        let began = Instant::now();
        assert_eq!(writing.await.expect("it ends"), Err(io::ErrorKind::TimedOut));
        assert_eq!(began.elapsed().as_secs(), patience.as_secs());
    }
    /// How long it takes until the connection is over after the last word, and how much was taken until then.
    async fn shut(turn: Arc<Turn>, mut sends: usize, goes_away: bool) -> (u64, usize) {
        let (ours, mut theirs) = duplex(1024);
        let mut ours = Patient::new(ours, turn, Duration::from_secs(60), LINGER);
        let sending = tokio::spawn(async move {
            while sends > 0 && theirs.write_all(&[0; 1000]).await.is_ok() {
                sends -= 1;
            }
            if !goes_away {
                std::future::pending::<()>().await;
            }
        });
        let began = Instant::now();
        ours.shutdown().await.expect("it ends");
        sending.abort();
        (began.elapsed().as_secs(), ours.lingered)
    }

    #[tokio::test(start_paused = true)]
    async fn what_a_client_still_sends_is_taken_so_that_it_sees_the_last_answer() {
        let sending = || {
            let turn = Arc::<Turn>::default();
            turn.bytes_came();
            turn
        };
        assert_eq!(shut(sending(), 3000, true).await, (0, 3_000_000));
        assert_eq!(shut(sending(), 3, false).await, (LINGER.time.as_secs(), 3000), "it is not waited for for ever");
        let (_, taken) = shut(sending(), 10 * LINGER.bytes / 1000, true).await;
        assert!((LINGER.bytes..LINGER.bytes + GULP).contains(&taken), "{taken}");
        assert_eq!(shut(Arc::default(), 0, false).await, (0, 0), "nothing is under way");
    }
}
