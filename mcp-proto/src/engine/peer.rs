//! One side of a stream connection.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;

use super::client::Client;
use super::event::{Admitted, CallKey, Event, Refusal};
use super::handshake::Greeting;
use super::inbound::Inbound;
use super::outbound::{Outbound, Token};
use crate::Version;
use crate::era::{self, Session};
use crate::wire::{
    ErrorId, Id, Incoming, Invalid, Message, Method, Notification, Reply, Request, Response, RpcError, Skimmer, decode,
    error_frame, notification, pick, request,
};

/// How much one connection may ask for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one message. The transport enforces it before a frame is whole.
    pub message_bytes: usize,
    /// Calls in flight.
    pub calls: usize,
    /// Requests of a client's that wait for their answers.
    pub requests: usize,
}

impl Limits {
    /// 32 MiB a message: files that are embedded in Base64 among them. Who is at the other end of a stream was let in, or has
    /// even started the program.
    pub const MESSAGE_BYTES: usize = 32 * 1024 * 1024;
    /// 1,024 calls in flight on one connection: clients have tens.
    pub const CALLS: usize = 1024;
    /// 65,536 requests that wait for their answers.
    pub const REQUESTS: usize = 65_536;
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_bytes: Self::MESSAGE_BYTES, calls: Self::CALLS, requests: Self::REQUESTS }
    }
}

/// Events for which there may be room while none waits.
const FEW: usize = 16;

/// One side of a stream connection: stdio, a socket, a session on HTTP.
#[derive(Debug, Default)]
pub struct Peer {
    pub(super) side: Side,
    pub(super) limits: Limits,
    /// A server's, once one is open.
    session: Option<Arc<Session>>,
    inbound: Inbound,
    pub(super) outbound: Outbound,
    events: VecDeque<Event>,
    pub(super) transmit: VecDeque<Vec<u8>>,
}

/// Which end of the connection it is: how the two come to an agreement, which requests are admitted, and what notifications
/// mean.
#[derive(Debug)]
pub(super) enum Side {
    /// It answers `initialize` with this.
    Server(Arc<Greeting>),
    Client(Box<Client>),
}

impl Default for Side {
    fn default() -> Self {
        Self::Server(Arc::default())
    }
}

impl Peer {
    /// The server's side of a connection: it answers `initialize` with `greeting`.
    pub fn server(greeting: Arc<Greeting>) -> Self {
        Self::of(Side::Server(greeting))
    }

    pub(super) fn of(side: Side) -> Self {
        // One frame is one event, but for batches; a session that waits holds no more room than that.
        Self { side, events: VecDeque::with_capacity(1), ..Self::default() }
    }

    /// With other limits than the default ones.
    #[must_use]
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The session, once one is open.
    pub fn session(&self) -> Option<&Arc<Session>> {
        self.session.as_ref()
    }

    /// The revision that is spoken in the session, or that was agreed on.
    fn version(&self) -> Option<Version> {
        match &self.side {
            Side::Server(_) => self.session.as_ref().map(|session| session.version()),
            Side::Client(client) => client.version(),
        }
    }

    /// How many calls are in flight.
    pub fn calls(&self) -> usize {
        self.inbound.len()
    }

    /// Whether a call is in flight: admitted, not answered, not cancelled.
    pub fn has(&self, key: CallKey) -> bool {
        self.inbound.has(key)
    }

    /// A frame has come. What it leads to is in the events and in what is to be sent; nothing fails.
    pub fn handle_frame(&mut self, frame: impl Into<Bytes>) {
        self.handle(decode(frame));
    }

    /// A frame has come that is decoded already: because somebody had to know whose it is, or outside of a lock.
    pub fn handle(&mut self, incoming: Incoming) {
        match incoming {
            Incoming::One(message) => self.handle_message(message, None),
            Incoming::Batch(messages) => self.handle_batch(messages),
        }
    }

    /// [`handle`](Self::handle), for frames that most often are calls. Where nothing waits to be polled, a call is given back at
    /// once, and does not become an event.
    #[inline]
    #[must_use]
    pub fn admit(&mut self, incoming: Incoming) -> Option<Admitted> {
        match incoming {
            Incoming::One(Message::Request(request)) if self.events.is_empty() && self.transmit.is_empty() => {
                self.admit_request(request, None)
            }
            incoming => {
                self.handle(incoming);
                None
            }
        }
    }

    /// A frame was longer than allowed, and was not kept. It is answered under its id; where it is an answer itself, the
    /// request of ours that it answers has failed.
    pub fn handle_oversize(&mut self, skimmed: Skimmer) {
        let limit = self.limits.message_bytes;
        let error = RpcError::invalid_request(format!("Invalid request: longer than {limit} bytes"));
        self.handle_invalid(skimmed.refused(error), None);
    }

    /// Answers a call. An answer to a call that was cancelled goes nowhere.
    pub fn respond(&mut self, key: CallKey, reply: Reply) {
        // The answer is queued before the id is free: a client may use an id again the moment it sees the answer.
        if let Some(answer) = self.inbound.end(key, reply) {
            self.transmit.push_back(answer);
        }
    }

    /// [`respond`](Self::respond), for answers that are sent at once. Where nothing waits to be sent, the answer is given back, and
    /// does not wait for [`poll_transmit`](Self::poll_transmit). It has to be sent before anything that is polled later.
    #[inline]
    #[must_use]
    pub fn answer(&mut self, key: CallKey, reply: Reply) -> Option<Vec<u8>> {
        if self.transmit.is_empty() {
            return self.inbound.end(key, reply);
        }
        self.respond(key, reply);
        None
    }

    /// Ends a call without an answer.
    pub fn abandon(&mut self, id: &Id) {
        if let Some((_, rest)) = self.inbound.cancel(id) {
            self.transmit.extend(rest);
        }
    }

    /// Sends a request; `params` is the JSON of an object.
    pub fn request(&mut self, method: &str, params: Option<&str>) -> Token {
        let (id, token) = self.outbound.begin();
        self.transmit.push_back(request(&id, method, params));
        token
    }

    /// Gives up on a request of ours, telling the other side; but not of the one that was to bring an agreement: `initialize`
    /// must not be cancelled (2025-11-25, `basic/utilities/cancellation`).
    pub fn cancel(&mut self, token: Token) {
        let Some(id) = self.outbound.abandon(token) else { return };
        if let Side::Client(client) = &mut self.side
            && client.gives_up(token)
        {
            return;
        }
        let mut params = br#"{"requestId":"#.to_vec();
        id.write(&mut params);
        params.push(b'}');
        // Ids are written as JSON, which is UTF-8.
        self.notify("notifications/cancelled", std::str::from_utf8(&params).ok());
    }

    /// Sends a notification; `params` is the JSON of an object.
    pub fn notify(&mut self, method: &str, params: Option<&str>) {
        self.transmit.push_back(notification(method, params));
    }

    /// What has happened, oldest first.
    pub fn poll_event(&mut self) -> Option<Event> {
        let event = self.events.pop_front();
        if event.is_none() && self.events.capacity() > FEW {
            // A batch has come; a session that waits does not keep its room.
            self.events = VecDeque::with_capacity(1);
        }
        event
    }

    /// The next frame to send, without a delimiter.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.pop_front()
    }

    /// Whether nothing has happened that was not polled, and nothing is to be sent.
    pub fn is_idle(&self) -> bool {
        self.events.is_empty() && self.transmit.is_empty() && self.events.capacity() <= FEW
    }

    #[inline(never)]
    fn handle_batch(&mut self, messages: Vec<Message>) {
        if !self.version().is_some_and(Version::has_batches) {
            let why = "Invalid request: a batch, which only sessions of 2025-03-26 have";
            return self.handle_garbage(RpcError::invalid_request(why), None);
        }
        if messages.is_empty() {
            return self.handle_garbage(RpcError::invalid_request("Invalid request: an empty batch"), None);
        }
        let batch = self.inbound.open_batch();
        for message in messages {
            self.handle_message(message, Some(batch));
        }
        let answers = self.inbound.close(batch, None);
        self.transmit.extend(answers);
    }

    fn handle_message(&mut self, message: Message, batch: Option<u64>) {
        match message {
            Message::Request(request) => self.handle_request(request, batch),
            Message::Notification(notification) => self.handle_notification(notification),
            Message::Response(response) => self.handle_answer(response),
            Message::Invalid(invalid) => self.handle_invalid(invalid, batch),
        }
    }

    // A request is served by a few hundred instructions. What is beside its way is not in line, so that these lie together.
    #[inline(never)]
    fn handle_answer(&mut self, response: Response) {
        let token = response.id.as_ref().and_then(|id| self.outbound.finish(id));
        // An answer that was on its way when nobody waited for it any more is a race that the specification expects.
        if token.is_none() && response.id.as_ref().is_some_and(|id| self.outbound.is_late(id)) {
            return;
        }
        self.handle_response(token, response);
    }

    fn handle_request(&mut self, request: Box<Request>, batch: Option<u64>) {
        let admitted = self.admit_request(request, batch);
        self.events.extend(admitted.map(Event::Call));
    }

    /// The call that a request leads to, if it does.
    fn admit_request(&mut self, request: Box<Request>, batch: Option<u64>) -> Option<Admitted> {
        let admitted = match &self.side {
            Side::Server(greeting) if request.method == Method::Initialize && !era::is_stateless(&request) => {
                let greeting = Arc::clone(greeting);
                self.handle_initialize(&greeting, &request, batch);
                return None;
            }
            Side::Server(_) => era::admit(&request, self.session.as_ref()),
            Side::Client(client) => client.admit(&request),
        };
        let terms = match admitted {
            Ok(terms) => terms,
            Err(error) => {
                self.refuse_request(&request, &error, batch);
                return None;
            }
        };
        // A client that asks whether anybody is there is told, however busy it keeps us.
        if self.inbound.len() >= self.limits.calls && request.method != Method::Ping {
            self.refuse_request(&request, &too_many(self.limits.calls), batch);
            return None;
        }
        let Some(key) = self.inbound.begin(&request.id, batch) else {
            let why = "Invalid request: a request of this id is in flight";
            self.refuse_request(&request, &RpcError::invalid_request(why), batch);
            return None;
        };
        Some(Admitted { key, request, terms })
    }

    #[inline(never)]
    fn handle_initialize(&mut self, greeting: &Greeting, request: &Request, batch: Option<u64>) {
        if batch.is_some() || self.session.is_some() {
            let why = "Invalid request: this connection is initialized already";
            return self.refuse_request(request, &RpcError::invalid_request(why), batch);
        }
        if let Some(why) = request.fault {
            return self.refuse_request(request, &RpcError::invalid_params(why), None);
        }
        match greeting.answer(request) {
            Ok((session, reply)) => {
                self.session = Some(Arc::clone(&session));
                let frame = reply.into_bytes();
                self.events.push_back(Event::Opened(session, frame.len()));
                self.transmit.push_back(frame);
            }
            Err(error) => self.refuse_request(request, &error, None),
        }
    }

    /// An answer has come, to this request of ours if to any.
    fn handle_response(&mut self, token: Option<Token>, response: Response) {
        let event = match (token, &mut self.side) {
            (Some(token), Side::Client(client)) if client.is_attempt(token) => client.settle(response),
            (Some(token), _) => Some(Event::Answered(token, response)),
            (None, Side::Client(_)) => Some(Event::Stray(response)),
            (None, Side::Server(_)) => None,
        };
        if matches!(&event, Some(Event::Agreed(agreement)) if !agreement.version().is_stateless()) {
            self.notify("notifications/initialized", None);
        }
        self.events.extend(event);
    }

    #[inline(never)]
    fn handle_notification(&mut self, notification: Notification) {
        match &*notification.method {
            "notifications/cancelled" => {
                let Some((key, rest)) = named_id(&notification, "requestId").and_then(|id| self.inbound.cancel(&id))
                else {
                    return; // Unknown or answered already: both are races the specification expects.
                };
                self.events.push_back(Event::Cancelled { key, rest });
            }
            "notifications/initialized" if matches!(self.side, Side::Server(_)) => self.events.push_back(Event::Ready),
            "notifications/progress" if matches!(self.side, Side::Client(_)) => {
                let token = named_id(&notification, "progressToken").and_then(|id| self.outbound.find(&id));
                self.events.push_back(match token {
                    Some(token) => Event::Progress(token, notification),
                    // Of a request that is over already.
                    None => Event::Notified(notification),
                });
            }
            _ => self.events.push_back(Event::Notified(notification)),
        }
    }

    /// Refuses what is no message. One that answers a request of ours has ended it; the id is ours then, and the sender may
    /// have a request of its own under the same.
    #[cold]
    fn handle_invalid(&mut self, Invalid { id, answers, error }: Invalid, batch: Option<u64>) {
        let answered = answers.and_then(|ours| Some((self.outbound.finish(&ours)?, ours)));
        let Some((token, ours)) = answered else {
            return match id {
                Some(id) => self.refuse(Some(&id), None, &error, batch),
                None => self.handle_garbage(error, batch),
            };
        };
        self.handle_response(Some(token), Response::unreadable(*ours, &error));
        self.handle_garbage(error, batch);
    }

    /// What has come is no message, or none that may come: a client is told, a server answers.
    fn handle_garbage(&mut self, error: RpcError, batch: Option<u64>) {
        match self.side {
            Side::Server(_) => self.refuse(None, None, &error, batch),
            Side::Client(_) => self.events.push_back(Event::Unreadable(error)),
        }
    }

    /// Answers a request with an error before it becomes a call.
    #[cold]
    fn refuse_request(&mut self, request: &Request, error: &RpcError, batch: Option<u64>) {
        self.refuse(Some(&request.id), Some(request.method.as_str()), error, batch);
    }

    /// Answers with an error what never became a call.
    fn refuse(&mut self, id: Option<&Id>, method: Option<&str>, error: &RpcError, batch: Option<u64>) {
        let null = self.version().is_some_and(Version::has_null_error_ids);
        let error_id = match id {
            Some(id) => ErrorId::Given(id),
            None if null => ErrorId::Null,
            None => ErrorId::LeftOut,
        };
        let mut frame = Vec::with_capacity(128);
        error_frame(&mut frame, error_id, error);
        if matches!(self.side, Side::Server(_)) {
            let method = method.map(Into::into);
            let refusal = Refusal { id: id.cloned(), method, code: error.code, bytes: frame.len() };
            self.events.push_back(Event::Refused(Box::new(refusal)));
        }
        match batch {
            Some(batch) => self.inbound.add_to_batch(batch, frame),
            None => self.transmit.push_back(frame),
        }
    }
}

#[cold]
fn too_many(calls: usize) -> RpcError {
    let why = format!("Too many calls in flight: at most {calls}");
    RpcError { message: why.into(), ..RpcError::internal() }
}

/// The id that a notification names in a member of its parameters.
fn named_id(notification: &Notification, name: &str) -> Option<Id> {
    let [id] = pick(notification.params_json()?, [name])?;
    Id::read(id?.json())
}

#[cfg(test)]
mod tests;
