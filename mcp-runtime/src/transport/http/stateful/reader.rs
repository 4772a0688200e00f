//! A client that listens to a stream.

use std::io::Write as _;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;

use super::log::EventLog;
use super::session::HttpSession;
use super::store::Sessions;
use crate::meter::Held;
use crate::transport::http::body::Events;

/// When a client whose stream was cut off should come back, in milliseconds.
const RETRY: u32 = 1000;

/// Names an event: its stream, and its place in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventId {
    pub(super) stream: u64,
    pub(super) place: u64,
}

impl EventId {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (stream, place) = text.split_once('-')?;
        Some(Self { stream: stream.parse().ok()?, place: place.parse().ok()? })
    }
}

/// A client that listens to a stream, until the stream ends or the reader is let go for a newer one.
pub(super) struct Reader {
    session: Arc<HttpSession>,
    log: Arc<EventLog>,
    number: u64,
    /// From where it comes back, at first. Then it goes on from what the client was sent last, by whichever reader.
    after: Option<u64>,
    /// What it is told first.
    greeting: Option<String>,
    /// Set for the HTTP+SSE pair, where the stream is the session and cannot be come back to.
    pair: Option<Arc<Sessions>>,
    _counted: Held,
}

impl Reader {
    /// Listens to what was not sent yet.
    pub(super) fn new(session: Arc<HttpSession>, log: Arc<EventLog>) -> Self {
        let (number, sent) = {
            let mut state = log.lock();
            (state.attach(false), state.sent())
        };
        // An empty event that tells how to come back (SEP-1699).
        let stream = log.number();
        let greeting = session.primes_streams().then(|| format!("id: {stream}-{sent}\nretry: {RETRY}\ndata: \n\n"));
        let counted = session.count_stream();
        Self { session, log, number, after: None, greeting, pair: None, _counted: counted }
    }

    /// Listens on from after an event.
    pub(super) fn resume(session: Arc<HttpSession>, log: Arc<EventLog>, after: EventId) -> Self {
        let number = log.lock().attach(true);
        let counted = session.count_stream();
        Self { session, log, number, after: Some(after.place), greeting: None, pair: None, _counted: counted }
    }

    /// Listens to a session of the HTTP+SSE pair, which is told first where to send its messages.
    pub(super) fn of_pair(sessions: Arc<Sessions>, session: Arc<HttpSession>, endpoint: &str) -> Self {
        let log = Arc::clone(session.standalone());
        let number = log.lock().attach(false);
        let greeting = Some(format!("event: endpoint\ndata: {endpoint}\n\n"));
        let counted = session.count_stream();
        Self { session, log, number, after: None, greeting, pair: Some(sessions), _counted: counted }
    }
}

impl Events for Reader {
    fn poll_events(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let this = &mut *self;
        this.session.touch();
        let mut text = this.greeting.take().unwrap_or_default().into_bytes();
        let mut state = this.log.lock();
        if state.is_let_go(this.number) {
            return Poll::Ready(None);
        }
        if state.is_told(this.number) {
            let (is_pair, stream) = (this.pair.is_some(), this.log.number());
            this.log.give(&mut state, this.after.take(), |place, frame| {
                // A `Vec` takes all that is written.
                let _ = if is_pair { write!(text, "event: message") } else { write!(text, "id: {stream}-{place}") };
                for part in [b"\ndata: ", frame, b"\n\n"] {
                    text.extend_from_slice(part);
                }
            });
        }
        if !text.is_empty() {
            return Poll::Ready(Some(this.session.hold(text)));
        }
        if state.is_over() {
            return Poll::Ready(None);
        }
        state.wait(this.number, cx);
        Poll::Pending
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        self.log.detach(self.number);
        self.session.touch();
        self.session.something_ended();
        if let Some(sessions) = &self.pair {
            sessions.remove(&self.session);
        }
    }
}
