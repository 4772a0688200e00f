//! What a client and its server say to each other: the engine, and who waits for which answer.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, OnceLock, Weak};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use mcp_proto::Version;
use mcp_proto::engine::{Admitted, Agreement, CallKey, Disagreement, Event, Extras, Hello, Limits, Peer, Token};
use mcp_proto::era::Seal;
use mcp_proto::hash::Fold;
use mcp_proto::wire::{Incoming, Reply, RequestWriter, ResultWriter, Skimmer, decode};
use tokio::sync::oneshot;
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep_until};

use super::carrier::{Boxed, Carrier};
use super::error::ClientError;
use super::health::Pulse;
use super::hub::{FrameDirection, Hub};
use super::progress::Reports;
use super::sent::Sent;
use super::waiting::{Answer, Patience, Waiting};
use crate::lock::Lock;

/// One connection's worth of conversation, from the client's end.
pub(super) struct Exchange {
    state: Lock<State>,
    /// Whether nothing more will come.
    is_over: AtomicBool,
    hub: Arc<Hub>,
    pulse: Arc<Pulse>,
    carrier: OnceLock<Arc<dyn Carrier>>,
}

struct State {
    peer: Peer,
    waiting: Waiting,
    /// Looks at the deadlines of those who wait, while there are any.
    ticker: Option<AbortHandle>,
    attempt: Option<oneshot::Sender<Result<Arc<Agreement>, Box<Disagreement>>>>,
    /// Questions of the server's that are being answered.
    answering: HashMap<CallKey, AbortHandle, Fold>,
    /// Why nothing more will come.
    ended: Option<ClientError>,
}

/// What comes of an attempt to agree.
pub(super) type Attempted = oneshot::Receiver<Result<Arc<Agreement>, Box<Disagreement>>>;

impl Exchange {
    /// A conversation that has not begun.
    pub(super) fn new(hello: Arc<Hello>, limits: Limits, hub: Arc<Hub>, pulse: Arc<Pulse>) -> Arc<Self> {
        let state = State {
            peer: Peer::client(hello).with_limits(limits),
            waiting: Waiting::default(),
            ticker: None,
            attempt: None,
            answering: HashMap::default(),
            ended: None,
        };
        let is_over = AtomicBool::new(false);
        Arc::new(Self { state: Lock::new(state), is_over, hub, pulse, carrier: OnceLock::new() })
    }

    /// What carries it from now on.
    pub(super) fn carry(&self, carrier: Arc<dyn Carrier>) {
        // It is given one, by who has made it.
        let _ = self.carrier.set(carrier);
    }

    fn carrier(&self) -> Option<&Arc<dyn Carrier>> {
        self.carrier.get()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What the lock guards is changed by our own code alone, which does not panic half-way.
        self.state.lock()
    }

    /// Whether nothing more will come, and why.
    pub(super) fn ended(&self) -> Option<ClientError> {
        self.lock().ended.clone()
    }

    /// Whether nothing more will come.
    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Acquire)
    }

    /// The revision that was agreed on.
    #[cfg(feature = "client")]
    pub(super) fn version(&self) -> Option<Version> {
        self.lock().peer.agreement().map(|agreement| agreement.version())
    }

    /// How many requests wait for their answers.
    pub(super) fn in_flight(&self) -> usize {
        self.lock().waiting.len()
    }

    /// Uses an agreement that was come to before.
    pub(super) fn agree(&self, agreement: Arc<Agreement>) {
        self.lock().peer.agree(agreement);
    }

    /// Seeks an agreement: with `initialize` for a revision with sessions, with `server/discover` otherwise. The frame to send.
    pub(super) fn attempt(&self, version: Version) -> (Vec<u8>, Attempted) {
        let (tell, attempted) = oneshot::channel();
        let mut state = self.lock();
        // Where nothing comes any more the receiver sees that it is gone.
        if state.ended.is_none() {
            state.attempt = Some(tell);
        }
        if version.is_stateless() {
            state.peer.discover()
        } else {
            state.peer.initialize(version)
        };
        (last(&mut state), attempted)
    }

    /// Whether nothing is sought any more.
    #[cfg(feature = "client")]
    pub(super) fn has_settled(&self) -> bool {
        self.lock().attempt.is_none()
    }

    /// Begins a request: its frame, which the caller sends. Its answer is waited for as long as there is patience.
    ///
    /// # Errors
    /// Too many requests wait for their answers, or the connection has ended.
    pub(super) fn begin(
        self: &Arc<Self>,
        method: &str,
        extras: Extras<'_>,
        reports: Option<Arc<Reports>>,
        patience: Option<&Patience>,
        params: impl FnOnce(&mut RequestWriter),
    ) -> Result<(Sent, Vec<u8>), ClientError> {
        let mut state = self.lock();
        if state.ended.is_some() {
            return Err(ClientError::not_sent("the connection has ended"));
        }
        let Some(token) = state.peer.send(method, extras, params) else {
            return Err(ClientError::invalid("too many requests wait for their answers on this connection"));
        };
        state.waiting.begin(token, reports, patience.copied());
        if let Some(patience) = patience {
            self.look_at(&mut state, patience.late);
        }
        Ok((Sent::new(Arc::clone(self), token), last(&mut state)))
    }

    /// The deadlines are looked at then, if not before.
    fn look_at(self: &Arc<Self>, state: &mut State, late: Instant) {
        // One task for all of them, as a rule started once a minute: a timer for each request would cost more than the request's
        // own way. It ends with the runtime that it was started in.
        let is_looked_at = state.waiting.looked_at.is_some_and(|at| at <= late)
            && state.ticker.as_ref().is_some_and(|ticker| !ticker.is_finished());
        if is_looked_at {
            return;
        }
        state.waiting.looked_at = Some(late);
        let ticker = tokio::spawn(tick(Arc::downgrade(self), late)).abort_handle();
        if let Some(before) = state.ticker.replace(ticker) {
            before.abort();
        }
    }

    /// Wakes those whose requests are late; when to look again.
    fn look(&self) -> Option<Instant> {
        let mut state = self.lock();
        let is_answering = !state.answering.is_empty();
        let late = state.waiting.look(Instant::now(), is_answering);
        let next = state.waiting.looked_at;
        drop(state);
        late.into_iter().for_each(Waker::wake);
        next
    }

    /// The answer to a request, once it is there.
    pub(super) fn poll_answer(&self, token: Token, cx: &mut Context<'_>) -> Poll<Answer> {
        self.lock().waiting.poll(token, cx)
    }

    /// Whether all of these requests are answered, or not waited for any more.
    #[cfg(feature = "client")]
    pub(super) fn has_answered(&self, tokens: &[Token]) -> bool {
        let state = self.lock();
        !tokens.iter().any(|token| state.waiting.is_out(*token))
    }

    /// There will be no answer to those of these requests that have none yet.
    #[cfg(feature = "client")]
    pub(super) fn fail(&self, tokens: &[Token], why: &ClientError) {
        let mut state = self.lock();
        let out: Vec<Token> = tokens.iter().copied().filter(|token| state.waiting.is_out(*token)).collect();
        let wakers: Vec<_> = out.into_iter().map(|token| state.waiting.answer(token, Err(why.clone()))).collect();
        drop(state);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }

    /// Nobody waits for the answer to this request any more. The server is told, where the revision has it so and `tell` says
    /// so.
    pub(super) fn give_up(self: &Arc<Self>, token: Token, tell: bool) {
        let frame = {
            let mut state = self.lock();
            let waited = state.waiting.give_up(token);
            state.peer.cancel(token);
            state.peer.poll_transmit().filter(|_| waited && tell && state.ended.is_none())
        };
        if let Some(frame) = frame {
            self.say(frame);
        }
    }

    /// Sends a notification.
    pub(super) fn notify(self: &Arc<Self>, method: &str, params: Option<&str>) {
        let frame = {
            let mut state = self.lock();
            state.peer.notify(method, params);
            last(&mut state)
        };
        self.say(frame);
    }

    /// Sends a message by way of the carrier.
    pub(super) fn say(self: &Arc<Self>, frame: Vec<u8>) {
        self.hub.saw(FrameDirection::Sent, &frame);
        if let Some(carrier) = self.carrier() {
            carrier.send(self, frame);
        }
    }

    /// A message was sent or has come otherwise than by way of the carrier.
    #[cfg(feature = "client")]
    pub(super) fn saw(&self, direction: FrameDirection, frame: &[u8]) {
        self.hub.saw(direction, frame);
    }

    /// Waits until there is room for another message; nothing where there is.
    pub(super) fn room(&self) -> Option<Boxed<'_, ()>> {
        self.carrier()?.room()
    }

    /// A message has come.
    pub(super) fn hear(self: &Arc<Self>, frame: impl Into<Bytes>) {
        let frame = frame.into();
        self.hub.saw(FrameDirection::Received, &frame);
        // Decoded before the lock is taken: it is the longest part.
        self.hear_decoded(decode(frame));
    }

    /// A message has come that is decoded already.
    pub(super) fn hear_decoded(self: &Arc<Self>, message: Incoming) {
        let mut state = self.lock();
        state.peer.handle(message);
        self.work(state);
    }

    /// A message was longer than allowed.
    pub(super) fn hear_oversize(self: &Arc<Self>, skimmed: Skimmer) {
        tracing::warn!(server = self.hub.name(), "a message of the server's is longer than allowed; it was not kept");
        let mut state = self.lock();
        state.peer.handle_oversize(skimmed);
        self.work(state);
    }

    /// Does what has to be done, until nothing has. Nobody is told, and nothing is sent, while the lock is held.
    fn work<'a>(self: &'a Arc<Self>, mut state: MutexGuard<'a, State>) {
        loop {
            // All of them: what another thread finds here must be its own.
            let frames: Vec<_> = std::iter::from_fn(|| state.peer.poll_transmit()).collect();
            let event = state.peer.poll_event();
            let is_last = state.peer.is_idle();
            if frames.is_empty() {
                let Some(event) = event else { return };
                self.note(state, event);
            } else {
                drop(state);
                frames.into_iter().for_each(|frame| self.say(frame));
                if let Some(event) = event {
                    self.note(self.lock(), event);
                }
            }
            // As a rule one message is one event.
            if is_last {
                return;
            }
            state = self.lock();
        }
    }

    fn note(self: &Arc<Self>, mut state: MutexGuard<'_, State>, event: Event) {
        match event {
            Event::Answered(token, response) => {
                let waker = state.waiting.answer(token, Ok(response));
                drop(state);
                waker.into_iter().for_each(Waker::wake);
            }
            Event::Progress(token, notification) => {
                let reports = state.waiting.progress(token);
                drop(state);
                if let Some(reports) = reports {
                    reports.note(&notification);
                }
            }
            Event::Agreed(agreement) => {
                let attempt = state.attempt.take();
                // The server is told that the client is ready before anything else is asked of it.
                let frames: Vec<_> = std::iter::from_fn(|| state.peer.poll_transmit()).collect();
                drop(state);
                frames.into_iter().for_each(|frame| self.say(frame));
                attempt.map(|attempt| attempt.send(Ok(agreement)));
            }
            Event::Disagreed(why) => {
                let attempt = state.attempt.take();
                drop(state);
                attempt.map(|attempt| attempt.send(Err(why)));
            }
            Event::Call(call) => {
                drop(state);
                self.answer(call);
            }
            Event::Cancelled { key, rest } => {
                let task = state.answering.remove(&key);
                drop(state);
                if let Some(task) = task {
                    task.abort();
                }
                // The other answers of its batch.
                if let Some(rest) = rest {
                    self.say(rest);
                }
            }
            Event::Notified(notification) => {
                drop(state);
                self.hub.hear(&notification);
            }
            Event::Stray(response) => {
                drop(state);
                let id = response.id.map_or_else(|| "none".to_owned(), |id| id.to_string());
                tracing::warn!(server = self.hub.name(), id, "the server has answered what was not asked, or twice");
            }
            Event::Unreadable(error) => {
                drop(state);
                let why = &*error.message;
                tracing::warn!(server = self.hub.name(), why, "the server has sent something that is no message");
            }
            _ => {}
        }
    }

    /// Answers a question of the server's, as a task.
    fn answer(self: &Arc<Self>, call: Admitted) {
        let (this, key) = (Arc::clone(self), call.key);
        let task = tokio::spawn(async move {
            let request = call.request;
            let answer = this.hub.answer(None, request.method.as_str(), request.params_json().unwrap_or("{}")).await;
            let reply = match answer {
                Ok(result) => {
                    let mut writer = ResultWriter::new(&request.id);
                    // An object of our own making, or of a handler's; its members become those of the result.
                    writer
                        .members(result.trim().strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(""));
                    writer.finish(&Seal::stateful())
                }
                Err(error) => Reply::error(&request.id, &error),
            };
            let frames: Vec<_> = {
                let mut state = this.lock();
                state.answering.remove(&key);
                state.peer.respond(key, reply);
                std::iter::from_fn(|| state.peer.poll_transmit()).collect()
            };
            frames.into_iter().for_each(|frame| this.say(frame));
        });
        let mut state = self.lock();
        // It may be done already, or not wanted any more.
        if state.peer.has(key) {
            state.answering.insert(key, task.abort_handle());
        }
    }

    /// From now on requests are sent on this connection: it is the client's, unless it has ended already.
    pub(super) fn is_in_use(&self) {
        // Whoever ends it waits until this is told.
        let state = self.lock();
        self.pulse.connected();
        if state.ended.is_some() {
            self.pulse.lost();
        }
    }

    /// The server has only taken this request: its answer comes on another stream.
    #[cfg(feature = "client")]
    pub(super) fn is_taken(&self, token: Token) {
        self.lock().waiting.take(token);
    }

    /// No request is begun any more. Those that are out have answers of their own to come, other than those that the server
    /// has only taken: these are told why.
    #[cfg(feature = "client")]
    pub(super) fn retire(&self, why: ClientError) {
        let waiting = {
            let mut state = self.lock();
            if state.ended.is_none() {
                self.pulse.lost();
            }
            let why = state.ended.get_or_insert(why).clone();
            self.is_over.store(true, Ordering::Release);
            state.waiting.end_taken(&why)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Nothing more will come: whoever waits is told why.
    pub(super) fn end(&self, why: ClientError) {
        let (waiting, attempt, answering) = {
            let mut state = self.lock();
            // Before anybody sees that it is over, and opens the next: this is told of the connection that was open last.
            if state.ended.is_none() {
                self.pulse.lost();
            }
            let why = state.ended.get_or_insert(why).clone();
            self.is_over.store(true, Ordering::Release);
            if let Some(ticker) = state.ticker.take() {
                ticker.abort();
            }
            let waiting = state.waiting.end(&why.of_what_was_sent());
            (waiting, state.attempt.take(), std::mem::take(&mut state.answering))
        };
        answering.into_values().for_each(|task| task.abort());
        // Its receiver sees that it is gone.
        drop(attempt);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// Ends it, and how it is carried.
    pub(super) fn lose(&self, why: ClientError) {
        self.end(why);
        if let Some(carrier) = self.carrier() {
            carrier.abandon();
        }
    }

    /// Ends it at once: nobody is there any more.
    pub(super) fn abandon(&self) {
        if let Some(carrier) = self.carrier() {
            carrier.abandon();
        }
        self.end(ClientError::Closed);
    }

    /// Ends it in good order.
    pub(super) async fn close(&self) {
        if let Some(carrier) = self.carrier() {
            carrier.close().await;
        }
        self.end(ClientError::Closed);
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        if let Some(ticker) = self.state.get_mut().ticker.take() {
            ticker.abort();
        }
    }
}

/// Looks at the deadlines, as long as there are any.
async fn tick(exchange: Weak<Exchange>, mut at: Instant) {
    loop {
        sleep_until(at).await;
        let Some(next) = exchange.upgrade().and_then(|exchange| exchange.look()) else { return };
        at = next;
    }
}

/// The frame that was made last. Nothing else waits: who puts something in takes it out.
fn last(state: &mut State) -> Vec<u8> {
    let mut frame = Vec::new();
    while let Some(next) = state.peer.poll_transmit() {
        frame = next;
    }
    frame
}
