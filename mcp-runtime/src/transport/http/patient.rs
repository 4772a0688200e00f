//! A connection to a client that may stop reading, or say nothing.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::task::unconstrained;
use tokio::time::{Instant, Sleep};

use super::turn::Turn;

/// How HTTP/2 begins (RFC 9113, 3.4).
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// A stream whose reads fail when the next request does not come in time, and whose writes fail once the other side has
/// taken nothing for some time: a client that does not read or write must not hold its connection, and what waits for it,
/// for ever.
///
/// hyper watches the time of a head, too. It sets its timer anew for each request, which costs as much as reading all the
/// headers; here a request costs a look at the clock, and a timer that goes off finds out whether it is time.
pub(super) struct Patient<S> {
    stream: S,
    turn: Arc<Turn>,
    /// What is still to come of HTTP/2's first bytes, as long as it may be that.
    preface: Option<&'static [u8]>,
    idle: Duration,
    /// Since when the client has been the one to say something.
    since: Instant,
    /// Goes off when it may have waited too long.
    alarm: Pin<Box<Sleep>>,
    is_set: bool,
    write: Duration,
    /// Runs while a write waits. Kept to be used again.
    timer: Option<Pin<Box<Sleep>>>,
    waits: bool,
}

impl<S> Patient<S> {
    /// A stream that waits so long for the head of a request, and so long with each write.
    pub(super) fn new(stream: S, turn: Arc<Turn>, idle: Duration, write: Duration) -> Self {
        let alarm = Box::pin(tokio::time::sleep(idle));
        let (preface, since) = (Some(PREFACE), Instant::now());
        Self { stream, turn, preface, idle, since, alarm, is_set: false, write, timer: None, waits: false }
    }

    /// Looks whether the first bytes are HTTP/2's, all of them: from there on hyper asks whether the client is there.
    fn greet(&mut self, came: &[u8]) {
        let Some(rest) = self.preface else { return };
        let length = rest.len().min(came.len());
        self.preface = (rest[..length] == came[..length]).then(|| &rest[length..]);
        if self.preface.is_some_and(<[u8]>::is_empty) {
            self.turn.is_many();
            self.preface = None;
        }
    }

    /// Whether the head of the next request has not come in time.
    fn is_late(&mut self, cx: &mut Context<'_>) -> bool {
        if self.is_set && !self.alarm.is_elapsed() {
            return false;
        }
        // Further away than the clock goes is never.
        let Some(until) = self.since.checked_add(self.idle) else { return false };
        self.is_set = true;
        self.alarm.as_mut().reset(until);
        // It is polled once, so it must hear of it, also where the runtime wants the task to make room for others.
        Pin::new(&mut unconstrained(self.alarm.as_mut())).poll(cx).is_ready()
    }

    /// What became of a write, or that it waited too long.
    fn watched<T>(&mut self, cx: &mut Context<'_>, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.waits = false;
            return written;
        }
        let patience = self.write;
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        if !std::mem::replace(&mut self.waits, true) {
            timer.as_mut().reset(Instant::now() + patience);
        }
        timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Patient<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        if this.turn.begins_to_wait() {
            this.since = Instant::now();
        }
        let before = buf.filled().len();
        let read = Pin::new(&mut this.stream).poll_read(cx, buf);
        let came = buf.filled().get(before..).unwrap_or_default();
        if !came.is_empty() {
            this.turn.bytes_came();
            this.greet(came);
        } else if read.is_pending() && this.turn.is_the_clients() && this.is_late(cx) {
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
    async fn who_does_not_ask_in_time_is_given_up() {
        let patience = Duration::from_secs(60);
        for came in ["", "POST /mcp HTTP/1.1\r\nHost: localho", "PRI /mcp HTTP/1.1\r\n", "PRI * HTTP/2.0"] {
            let (ours, mut theirs) = duplex(64);
            let mut ours = Patient::new(ours, Arc::default(), patience, patience);
            let began = Instant::now();
            let reading = tokio::spawn(async move {
                let error = ours.read_exact(&mut [0; 64]).await.map_err(|error| error.kind());
                (error, began.elapsed().as_secs())
            });
            tokio::time::sleep(patience / 2).await;
            theirs.write_all(came.as_bytes()).await.expect("they are taken");
            let given_up = (Err(io::ErrorKind::TimedOut), patience.as_secs());
            assert_eq!(reading.await.expect("it ends"), given_up, "after {came:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_sends_much_and_then_nothing_is_given_up() {
        let patience = Duration::from_secs(60);
        let (ours, mut theirs) = duplex(1024);
        let mut ours = Patient::new(ours, Arc::default(), patience, patience);
        theirs.write_all(&[0; 1024]).await.expect("they are taken");
        // So often that the runtime has the task make room for others in between.
        let reading = tokio::spawn(async move {
            while ours.read_exact(&mut [0]).await.is_ok() {}
        });
        tokio::time::timeout(patience * 2, reading).await.expect("it is given up").expect("it does not panic");
    }

    #[tokio::test(start_paused = true)]
    async fn http_2_is_asked_by_other_means() {
        let patience = Duration::from_secs(60);
        let (ours, mut theirs) = duplex(64);
        let mut ours = Patient::new(ours, Arc::default(), patience, patience);
        for part in PREFACE.chunks(7) {
            theirs.write_all(part).await.expect("they are taken");
            ours.read_exact(&mut vec![0; part.len()]).await.expect("they come");
        }
        let reading = tokio::time::timeout(patience * 3, ours.read_exact(&mut [0; 4])).await;
        assert!(reading.is_err(), "it waits");
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_of_a_request_is_not_the_clients() {
        let patience = Duration::from_secs(60);
        let (ours, mut theirs) = duplex(64);
        let turn = Arc::<Turn>::default();
        let mut ours = Patient::new(ours, Arc::clone(&turn), patience, patience);
        for _ in 0..3 {
            theirs.write_all(b"head").await.expect("they are taken");
            ours.read_exact(&mut [0; 4]).await.expect("they come");
            let serving = turn.begin(http::Version::HTTP_11);
            // hyper goes on reading meanwhile, to learn whether the client is there still.
            let reading = tokio::time::timeout(patience * 3, ours.read_exact(&mut [0; 4])).await;
            assert!(reading.is_err(), "it waits");
            drop(serving);
            let reading = tokio::time::timeout(patience - Duration::from_secs(1), ours.read_exact(&mut [0; 4])).await;
            assert!(reading.is_err(), "the client's time has begun with the end of the answer");
        }
        let late = ours.read_exact(&mut [0; 4]).await.map_err(|error| error.kind());
        assert_eq!(late, Err(io::ErrorKind::TimedOut));
    }
}
