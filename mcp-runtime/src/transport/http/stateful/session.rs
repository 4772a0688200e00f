//! One session.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use mcp_proto::Version;
use mcp_proto::engine::Token;
use mcp_proto::wire::{Incoming, Response};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::basis::Basis;
use super::id::SessionId;
use super::log::EventLog;
use super::rest::Rest;
use super::speaker::{Speaker, Spoken, Way};
use super::streams::SessionStreams;
use crate::call::{Asker, Outlet, Principal, SessionValues};
use crate::meter::Held;
use crate::service::{Conversation, CutOff, Medium};
use crate::transport::http::head::Head;
use crate::transport::http::place::Place;

/// A session: a conversation, and the streams that can be resumed.
pub(super) struct HttpSession {
    id: SessionId,
    /// Who opened it: nobody else is let in.
    principal: Principal,
    /// When the credentials expire that were used for it, in seconds since 1970; the largest number is never.
    expires: AtomicU64,
    conversation: Conversation,
    streams: Arc<SessionStreams>,
    /// How many of the running calls wait for an answer of the client's, and for nothing else.
    waiting: AtomicUsize,
    /// Whether it is of the HTTP+SSE pair: everything is said on the one stream.
    is_pair: bool,
    epoch: Instant,
    /// When it was last of use, in nanoseconds since the epoch.
    used: AtomicU64,
    /// How many requests are being handled.
    visits: AtomicUsize,
    rest: Rest,
    _counted: Held,
}

/// A request that is being handled: until it is dropped its session is in use.
pub(super) struct Visit(Arc<HttpSession>);

impl Visit {
    pub(super) fn begin(session: &Arc<HttpSession>) -> Self {
        session.visits.fetch_add(1, Ordering::SeqCst);
        session.touch();
        Self(Arc::clone(session))
    }
}

impl Deref for Visit {
    type Target = Arc<HttpSession>;

    fn deref(&self) -> &Arc<HttpSession> {
        &self.0
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.0.visits.fetch_sub(1, Ordering::SeqCst);
        self.0.something_ended();
    }
}

impl HttpSession {
    /// A session that is not open yet.
    ///
    /// # Errors
    /// Where the system has no randomness to give.
    pub(super) fn new(
        basis: &Basis,
        principal: Principal,
        peer: Option<Arc<str>>,
        is_pair: bool,
    ) -> Result<Arc<Self>, getrandom::Error> {
        let id = SessionId::fresh()?;
        let streams = SessionStreams::new(&basis.kept, principal.clone());
        let session = Self {
            id,
            expires: AtomicU64::new(expiry(&principal)),
            principal,
            conversation: Conversation::new(
                Arc::clone(&basis.core),
                Arc::clone(streams.standalone()) as _,
                Arc::clone(&basis.closing),
                basis.core.begin_life("http", peer),
            ),
            streams,
            waiting: AtomicUsize::new(0),
            is_pair,
            epoch: basis.epoch,
            used: AtomicU64::new(0),
            visits: AtomicUsize::new(0),
            rest: Rest::new(id, &basis.rested),
            _counted: basis.core.meters().sessions.hold(),
        };
        session.touch();
        Ok(Arc::new(session))
    }

    pub(super) fn id(&self) -> SessionId {
        self.id
    }

    /// Whether it is this principal's. Then it lasts as long as these credentials, or those that were used before.
    pub(super) fn admits(&self, principal: &Principal) -> bool {
        let is_theirs = self.belongs_to(principal);
        if is_theirs && !principal.is_anonymous() {
            self.expires.fetch_max(expiry(principal), Ordering::Relaxed);
        }
        is_theirs
    }

    /// Whether it is this principal's.
    pub(super) fn belongs_to(&self, principal: &Principal) -> bool {
        self.principal.is_same_as(principal)
    }

    /// Whether all credentials that were used for it have expired.
    pub(super) fn is_expired(&self, now: SystemTime) -> bool {
        seconds(now) >= self.expires.load(Ordering::Relaxed)
    }

    /// Whether it is of the HTTP+SSE pair.
    pub(super) fn is_pair(&self) -> bool {
        self.is_pair
    }

    pub(super) fn standalone(&self) -> &Arc<EventLog> {
        self.streams.standalone()
    }

    pub(super) fn streams(&self) -> &SessionStreams {
        &self.streams
    }

    /// A stream that is kept.
    pub(super) fn stream(&self, number: u64) -> Option<Arc<EventLog>> {
        self.streams.find(number)
    }

    /// Counts a stream of it, for as long as that is read.
    pub(super) fn count_stream(&self) -> Held {
        self.conversation.core().meters().streams.hold()
    }

    /// Whether streams begin with an empty event that tells how to come back (SEP-1699). Older clients would try to read
    /// it as a message.
    pub(super) fn primes_streams(&self) -> bool {
        self.conversation.peer().session().is_some_and(|session| session.version() >= Version::V2025_11_25)
    }

    /// Whether errors that answer no request have an id of `null`.
    pub(super) fn has_null_error_ids(&self) -> bool {
        self.conversation.peer().session().is_some_and(|session| session.version().has_null_error_ids())
    }

    /// It is of use now.
    pub(super) fn touch(&self) {
        let now = u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.used.store(now, Ordering::Relaxed);
    }

    /// When it was last of use, in nanoseconds since the epoch.
    pub(super) fn last_use(&self) -> u64 {
        self.used.load(Ordering::Relaxed)
    }

    /// Whether a call runs, or is about to, or somebody listens: it is in use, however long ago it was last touched. Calls
    /// that only wait for the answer of a client that is gone do not count.
    pub(super) fn is_busy(&self) -> bool {
        if self.visits.load(Ordering::SeqCst) > 0 || self.standalone().is_read() {
            return true;
        }
        let (running, waiting) = (self.conversation.running().len(), self.waiting.load(Ordering::SeqCst));
        running > waiting || (running > 0 && self.streams.is_any_read())
    }

    /// Whether its client has left while it was asked: calls run, and all that they wait for is an answer of somebody who
    /// does not listen.
    pub(super) fn is_abandoned(&self) -> bool {
        !self.conversation.running().is_empty() && !self.is_busy()
    }

    /// Notes that it is busy, unless it has come to rest meanwhile; it tells when it does.
    pub(super) fn is_noted_as_busy(&self) -> bool {
        self.rest.note_busy(|| self.is_busy())
    }

    /// A request, a call, or a client that listened, has ended; or a call waits for the client.
    pub(super) fn something_ended(&self) {
        self.rest.something_ended(|| self.is_busy());
        if self.waiting.load(Ordering::SeqCst) > 0 {
            self.rest.look_whether_abandoned(|| self.is_abandoned());
        }
    }

    /// It may be told again that it is abandoned.
    pub(super) fn is_looked_for_no_more(&self) {
        self.rest.not_abandoned();
    }

    /// Answers `initialize`.
    ///
    /// # Errors
    /// The frame that refuses it.
    pub(super) fn initialize(this: &Arc<Self>, message: Incoming, head: &Head<'_>) -> Result<Vec<u8>, Vec<u8>> {
        head.goes_on();
        let mut speaker = Speaker::new(this, head, Way::Stream, None);
        Conversation::handle(this, message, &mut speaker);
        let frame = speaker.into_said().unwrap_or_default();
        if this.conversation.peer().session().is_some() { Ok(frame) } else { Err(frame) }
    }

    /// Handles what a POST brought. Calls are polled at once; those that are not done go on as tasks, whether the client
    /// stays or not.
    pub(super) fn handle(
        this: &Arc<Self>,
        message: Incoming,
        head: &Head<'_>,
        way: Way,
        place: Option<Place>,
    ) -> Spoken {
        head.goes_on();
        let mut speaker = Speaker::new(this, head, way, place);
        Conversation::handle(this, message, &mut speaker);
        speaker.finish()
    }

    /// A text for its client, charged while it is being sent.
    pub(super) fn hold(&self, text: Vec<u8>) -> Bytes {
        self.conversation.core().budget().hold(text)
    }

    /// Nothing is said any more that belongs to no call. Of the pair it is the answers' stream as well, which ends with the
    /// last call.
    pub(super) fn finish(&self) {
        if !self.is_pair || self.conversation.running().is_empty() {
            self.standalone().end();
        }
    }

    /// Drops the calls that run, because serving ends ([`Conversation::cut_off`]).
    pub(super) fn cut_off(&self, cut_off: &CutOff, dropped: &mut Vec<JoinHandle<()>>) {
        self.conversation.cut_off(cut_off, dropped);
    }

    /// Ends everything.
    pub(super) fn close(&self) {
        self.conversation.close();
        self.streams.end();
    }
}

/// When the credentials of a caller expire.
fn expiry(principal: &Principal) -> u64 {
    principal.expires().map_or(u64::MAX, seconds)
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Medium for HttpSession {
    fn conversation(&self) -> &Conversation {
        &self.conversation
    }

    fn runtime(&self) -> Handle {
        Handle::current()
    }

    fn call_ended(&self, is_last: bool) {
        if is_last && self.is_pair && self.conversation.closing().is_raised() {
            self.standalone().end();
        }
        self.touch();
        self.something_ended();
    }
}

impl Asker for HttpSession {
    fn ask(&self, outlet: &dyn Outlet, method: &str, params: &str) -> (Token, oneshot::Receiver<Response>) {
        self.conversation.ask(outlet, method, params)
    }

    fn withdraw(&self, outlet: &dyn Outlet, token: Token) {
        self.conversation.withdraw(outlet, token);
    }

    fn absent_for(&self, outlet: &dyn Outlet) -> Option<Duration> {
        if outlet.is_heard() || self.standalone().is_read() || self.visits.load(Ordering::SeqCst) > 0 {
            return None;
        }
        // It is touched when a reader leaves, and when a request ends.
        Some(self.epoch.elapsed().saturating_sub(Duration::from_nanos(self.last_use())))
    }

    fn begin_waiting(&self) {
        self.waiting.fetch_add(1, Ordering::SeqCst);
        self.something_ended();
    }

    fn end_waiting(&self) {
        self.waiting.fetch_sub(1, Ordering::SeqCst);
    }

    fn session_id(&self) -> String {
        self.id.text()
    }

    fn values(&self) -> &SessionValues {
        self.conversation.values()
    }
}
