//! One side of a stream connection.

use std::collections::VecDeque;
use std::sync::Arc;

use bytes::Bytes;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::event::{Admitted, CallKey, Event};
use super::handshake::Greeting;
use super::inbound::Inbound;
use super::outbound::{Outbound, Token};
use crate::era::{self, Session};
use crate::wire::{
    ErrorId, Id, Incoming, Invalid, Message, Method, Notification, Reply, Request, Response, RpcError, Skimmer, decode,
    error_frame, notification, request,
};

/// How much one connection may ask for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one message. The transport enforces it before a frame is whole.
    pub message_bytes: usize,
    /// Calls in flight.
    pub calls: usize,
}

impl Limits {
    /// 32 MiB a message: files that are embedded in Base64 among them. Who is at the other end of a stream was let in, or has
    /// even started the program.
    pub const MESSAGE_BYTES: usize = 32 * 1024 * 1024;
    /// 1,024 calls in flight on one connection: clients have tens.
    pub const CALLS: usize = 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self { message_bytes: Self::MESSAGE_BYTES, calls: Self::CALLS }
    }
}

/// One side of a stream connection: stdio, a socket, a session on HTTP.
#[derive(Debug, Default)]
pub struct Peer {
    greeting: Arc<Greeting>,
    limits: Limits,
    session: Option<Arc<Session>>,
    inbound: Inbound,
    outbound: Outbound,
    events: VecDeque<Event>,
    transmit: VecDeque<Vec<u8>>,
}

impl Peer {
    /// A side that answers `initialize` with `greeting`.
    pub fn new(greeting: Arc<Greeting>) -> Self {
        // One frame is one event, but for batches; a session that waits holds no more room than that.
        Self { greeting, events: VecDeque::with_capacity(1), ..Self::default() }
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
        let answer = self.inbound.end(key, reply);
        self.transmit.extend(answer);
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

    /// Gives up on a request of ours, telling the other side.
    pub fn cancel(&mut self, token: Token) {
        let Some(id) = self.outbound.abandon(token) else { return };
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
        self.events.pop_front()
    }

    /// The next frame to send, without a delimiter.
    pub fn poll_transmit(&mut self) -> Option<Vec<u8>> {
        self.transmit.pop_front()
    }

    fn handle_batch(&mut self, messages: Vec<Message>) {
        let allowed = self.session.as_ref().is_some_and(|session| session.version().has_batches());
        if !allowed {
            let why = "Invalid request: a batch, which only sessions of 2025-03-26 have";
            return self.refuse(None, &RpcError::invalid_request(why), None);
        }
        if messages.is_empty() {
            return self.refuse(None, &RpcError::invalid_request("Invalid request: an empty batch"), None);
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
            Message::Response(response) => {
                let token = response.id.as_ref().and_then(|id| self.outbound.finish(id));
                self.events.extend(token.map(|token| Event::Answered(token, response)));
            }
            Message::Invalid(invalid) => self.handle_invalid(invalid, batch),
        }
    }

    fn handle_request(&mut self, request: Box<Request>, batch: Option<u64>) {
        if request.method == Method::Initialize && !era::is_stateless(&request) {
            return self.handle_initialize(&request, batch);
        }
        let terms = match era::admit(&request, self.session.as_ref()) {
            Ok(terms) => terms,
            Err(error) => return self.refuse(Some(&request.id), &error, batch),
        };
        // A client that asks whether anybody is there is told, however busy it keeps us.
        if self.inbound.len() >= self.limits.calls && request.method != Method::Ping {
            let why = format!("Too many calls in flight: at most {}", self.limits.calls);
            return self.refuse(Some(&request.id), &RpcError { message: why.into(), ..RpcError::internal() }, batch);
        }
        match self.inbound.begin(&request.id, batch) {
            Some(key) => self.events.push_back(Event::Call(Admitted { key, request, terms })),
            None => {
                let why = "Invalid request: a request of this id is in flight";
                self.refuse(Some(&request.id), &RpcError::invalid_request(why), batch);
            }
        }
    }

    fn handle_initialize(&mut self, request: &Request, batch: Option<u64>) {
        if batch.is_some() || self.session.is_some() {
            let why = "Invalid request: this connection is initialized already";
            return self.refuse(Some(&request.id), &RpcError::invalid_request(why), batch);
        }
        if let Some(why) = request.fault {
            return self.refuse(Some(&request.id), &RpcError::invalid_params(why), None);
        }
        match self.greeting.answer(request) {
            Ok((session, reply)) => {
                self.session = Some(Arc::clone(&session));
                self.transmit.push_back(reply.into_bytes());
                self.events.push_back(Event::Opened(session));
            }
            Err(error) => self.refuse(Some(&request.id), &error, None),
        }
    }

    fn handle_notification(&mut self, notification: Notification) {
        match &*notification.method {
            "notifications/cancelled" => {
                let Some((key, rest)) = cancelled_id(&notification).and_then(|id| self.inbound.cancel(&id)) else {
                    return; // Unknown or answered already: both are races the specification expects.
                };
                self.events.push_back(Event::Cancelled { key, rest });
            }
            "notifications/initialized" => self.events.push_back(Event::Ready),
            _ => self.events.push_back(Event::Notified(notification)),
        }
    }

    /// Refuses what is no message. One that answers a request of ours has ended it; the id is ours then, and the sender may
    /// have a request of its own under the same.
    fn handle_invalid(&mut self, Invalid { id, answers, error }: Invalid, batch: Option<u64>) {
        let answered = answers.and_then(|ours| Some((self.outbound.finish(&ours)?, ours)));
        let Some((token, ours)) = answered else { return self.refuse(id.as_ref(), &error, batch) };
        self.events.push_back(Event::Answered(token, Response::unreadable(*ours, &error)));
        self.refuse(None, &error, batch);
    }

    /// Answers with an error what never became a call.
    fn refuse(&mut self, id: Option<&Id>, error: &RpcError, batch: Option<u64>) {
        let null = self.session.as_ref().is_some_and(|session| session.version().has_null_error_ids());
        let id = match id {
            Some(id) => ErrorId::Given(id),
            None if null => ErrorId::Null,
            None => ErrorId::LeftOut,
        };
        let mut frame = Vec::with_capacity(128);
        error_frame(&mut frame, id, error);
        match batch {
            Some(batch) => self.inbound.add_to_batch(batch, frame),
            None => self.transmit.push_back(frame),
        }
    }
}

fn cancelled_id(notification: &Notification) -> Option<Id> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Params<'a> {
        #[serde(borrow)]
        request_id: &'a RawValue,
    }
    Id::read(notification.params::<Params<'_>>().ok()?.request_id.get())
}

#[cfg(test)]
mod tests;
