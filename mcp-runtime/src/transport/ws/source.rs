//! What comes on a socket.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream as _;
use futures_sink::Sink as _;
use mcp_proto::wire::Skimmer;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::time::{Instant, Sleep, sleep};
use tokio_tungstenite::tungstenite::Message;

use super::ends::{End, io_error};
use super::socket::{Settings, Shared};
use crate::transport::lines::Line;
use crate::transport::stream::source::FrameSource;

/// How many messages are taken together, at the most.
const TOGETHER: usize = 64;

/// What a frame of a client has beside its payload, at the least.
const HEAD: usize = 6;

/// What comes on a socket.
pub(super) struct Receiving<S> {
    shared: Arc<Shared<S>>,
    /// The most bytes of a message.
    limit: usize,
    every: Duration,
    /// Until it is next looked whether the other side is there. What comes does not touch it, which would cost each message something.
    look: Pin<Box<Sleep>>,
    /// Something has come since the last look.
    was_heard: bool,
    /// It was asked whether it is there.
    was_asked: bool,
    /// How much of a message that is not whole was told of.
    told: usize,
}

/// What was read.
enum Read {
    Text(Bytes),
    /// Nothing that a conversation is about.
    Control(usize),
    Over,
}

impl<S> Receiving<S> {
    pub(super) fn new(shared: Arc<Shared<S>>, settings: Settings) -> Self {
        let Settings { message: limit, ping: every } = settings;
        Self { shared, limit, every, look: Box::pin(sleep(every)), was_heard: false, was_asked: false, told: 0 }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> Receiving<S> {
    fn poll_next(&self, cx: &mut Context<'_>) -> Poll<io::Result<Read>> {
        let polled = Pin::new(&mut *self.shared.stream.lock()).poll_next(cx);
        polled.map(|message| match message {
            Some(Ok(Message::Text(text))) => Ok(Read::Text(text.into())),
            Some(Ok(Message::Binary(_))) => {
                self.shared.set_end(End::BINARY);
                Err(End::BINARY.error())
            }
            // A ping is answered by itself.
            Some(Ok(Message::Ping(payload) | Message::Pong(payload))) => Ok(Read::Control(payload.len() + HEAD)),
            Some(Ok(Message::Close(_) | Message::Frame(_))) | None => Ok(Read::Over),
            Some(Err(error)) => Err(match End::of(&error) {
                Some(end) => {
                    let told = end.error();
                    self.shared.set_end(end);
                    told
                }
                None => io_error(error),
            }),
        })
    }

    /// Asks the other side from time to time whether it is there.
    ///
    /// # Errors
    /// It has said nothing since it was asked.
    fn ask(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.look.as_mut().poll(cx).is_ready() {
            if std::mem::take(&mut self.was_heard) {
                self.was_asked = false;
            } else if std::mem::replace(&mut self.was_asked, true) {
                self.shared.set_end(End::SILENT);
                return Err(End::SILENT.error());
            } else {
                self.ping();
            }
            // An overflow means that nobody is asked.
            match Instant::now().checked_add(self.every) {
                Some(next) => self.look.as_mut().reset(next),
                None => self.look = Box::pin(sleep(self.every)),
            }
        }
        Ok(())
    }

    fn ping(&self) {
        let writer = self.shared.writer.lock().clone();
        let mut cx = Context::from_waker(writer.as_ref().unwrap_or(Waker::noop()));
        let mut stream = self.shared.stream.lock();
        let mut stream = Pin::new(&mut *stream);
        // Where the other side reads nothing, a ping more is of no use.
        if stream.as_mut().poll_ready(&mut cx).is_ready()
            && stream.as_mut().start_send(Message::Ping(Bytes::new())).is_ok()
        {
            let _ = stream.poll_flush(&mut cx);
        }
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send + 'static> FrameSource for Receiving<S> {
    fn poll_read(&mut self, cx: &mut Context<'_>, hear: &mut dyn FnMut(Line) -> bool) -> Poll<io::Result<bool>> {
        for taken in 0..TOGETHER {
            match self.poll_next(cx) {
                Poll::Ready(read) => {
                    self.was_heard = true;
                    match read? {
                        Read::Text(frame) => {
                            self.shared.begun.store(0, Ordering::Relaxed);
                            if !hear(line(frame, self.limit)) {
                                break;
                            }
                        }
                        Read::Control(bytes) => {
                            let rest = |begun: usize| Some(begun.saturating_sub(bytes));
                            let _ = self.shared.begun.fetch_update(Ordering::Relaxed, Ordering::Relaxed, rest);
                        }
                        Read::Over => return Poll::Ready(Ok(false)),
                    }
                }
                Poll::Pending if taken == 0 => {
                    // A part of a message has come: from now on there is a time for the rest. It is polled again at once. In the
                    // middle of a frame no ping can be answered, and what comes of it is a sign, too.
                    let begun = self.begun();
                    if std::mem::replace(&mut self.told, begun) != begun {
                        self.was_heard = true;
                        return Poll::Ready(Ok(true));
                    }
                    self.ask(cx)?;
                    return Poll::Pending;
                }
                // It is polled again before anything is waited for.
                Poll::Pending => break,
            }
        }
        Poll::Ready(Ok(true))
    }

    fn begun(&self) -> usize {
        self.shared.begun.load(Ordering::Relaxed)
    }

    fn fail(&mut self, why: &io::Error) {
        match why.kind() {
            io::ErrorKind::PermissionDenied => self.shared.set_end(End::EXPIRED),
            io::ErrorKind::TimedOut => self.shared.set_end(End::TOO_LATE),
            io::ErrorKind::OutOfMemory => self.shared.set_end(End::NO_ROOM),
            _ => {}
        }
    }
}

/// A message, of which only the id is looked at if it is too long.
fn line(frame: Bytes, limit: usize) -> Line {
    if frame.len() <= limit {
        return Line::Whole(frame);
    }
    let mut skimmed = Skimmer::default();
    skimmed.feed(&frame);
    Line::TooLong(skimmed)
}
