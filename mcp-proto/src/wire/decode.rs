//! From the bytes of a frame to a message, in one pass.
//!
//! The pass looks at every byte once. It reads the envelope and the few members of `params` and `_meta` that
//! every call needs, and leaves the rest where it is: `arguments` becomes a [`Span`](super::Span), to be parsed
//! straight into the function's own types later. No member can fail the pass by having the wrong type: such a
//! message must still be answered, by its id.

use std::borrow::Cow;
use std::str::Utf8Error;

use bytes::Bytes;
use serde_json::value::RawValue;

use super::error::RpcError;
use super::frame::{Frame, Span};
use super::id::{self, Id};
use super::method::Method;
use super::request::{Arguments, Invalid, Meta, Notification, Outcome, Request, Response};
use super::result::{OfResult, ResultMembers};
use super::scan::{Kind, Malformed, Scanner, Value};
use super::text::Text;

/// The most messages of a batch: as many as there may be calls in flight. A megabyte of `1,1,1` would otherwise become a
/// hundred megabytes of refusals.
const LARGEST_BATCH: usize = 1024;

/// The most bytes that a client may say of itself, in each of `clientInfo` and its capabilities: they are kept with its session.
/// Real ones have some hundreds.
pub(crate) const CLIENT_BYTES: usize = 16 * 1024;

/// What one frame holds.
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    One(Message),
    /// Several in a JSON array: a batch, which only 2025-03-26 has.
    Batch(Vec<Message>),
}

/// One JSON-RPC message.
#[derive(Debug)]
#[non_exhaustive]
pub enum Message {
    /// Something to answer. In a box: it is handed on many times, and read by everybody.
    Request(Box<Request>),
    /// Something to note.
    Notification(Notification),
    /// An answer to something we asked.
    Response(Response),
    /// Nothing that can be understood; it is answered with an error.
    Invalid(Invalid),
}

/// Decodes one frame. Bytes that make no sense become [`Message::Invalid`]; nothing fails.
pub fn decode(bytes: impl Into<Bytes>) -> Incoming {
    decode_as::<()>(Frame::new(bytes))
}

/// Decodes one frame, as [`decode`] does, and finds in the same pass where the members of a result stand that clients read: for a
/// side that is answered more often than asked.
///
/// ```
/// use mcp_proto::wire::{Incoming, Message, decode_answer};
///
/// let frame = r#"{"jsonrpc":"2.0","id":1,"result":{"content":[],"isError":true}}"#;
/// let Incoming::One(Message::Response(response)) = decode_answer(frame) else { panic!("an answer") };
/// assert_eq!(response.content(), Some("[]"));
/// assert!(response.is_error() && !response.asks());
/// ```
pub fn decode_answer(bytes: impl Into<Bytes>) -> Incoming {
    decode_as::<ResultMembers>(Frame::new(bytes))
}

fn decode_as<R: OfResult>(frame: Frame) -> Incoming {
    let first = frame.bytes().iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') { decode_batch::<R>(&frame) } else { Incoming::One(decode_message::<R>(frame)) }
}

fn decode_batch<R: OfResult>(frame: &Frame) -> Incoming {
    let Ok(parts) = std::str::from_utf8(frame.bytes()).map_err(|_| Malformed).and_then(parts) else {
        return Incoming::One(malformed(frame));
    };
    if parts.len() > LARGEST_BATCH {
        return Incoming::One(invalid(None, &format!("a batch of more than {LARGEST_BATCH} messages")));
    }
    Incoming::Batch(parts.into_iter().map(|part| decode_message::<R>(frame.part(part))).collect())
}

/// The messages of a batch. Of one with too many no more are kept than tell so: a frame may hold millions.
fn parts(json: &str) -> Result<Vec<Span>, Malformed> {
    let mut scanner = Scanner::new(json);
    let mut parts = Vec::new();
    let mut more = scanner.enter(b'[', b']')?;
    while more {
        let part = scanner.value()?.span;
        if parts.len() <= LARGEST_BATCH {
            parts.push(part);
        }
        more = scanner.more(b']')?;
    }
    scanner.end()?;
    Ok(parts)
}

fn decode_message<R: OfResult>(frame: Frame) -> Message {
    // That all of it is text is found out once, and not again for each string.
    let text = std::str::from_utf8(frame.bytes()).map_err(|_| Malformed);
    let mut message = match text
        .and_then(|text| Object::<Envelope<R>>::read_from(text).map(|envelope| envelope.into_message(text)))
    {
        Ok(message) => message,
        Err(Malformed) => malformed(&frame),
    };
    // Put in last: until now it was looked at.
    match &mut message {
        Message::Request(request) => request.frame = frame,
        Message::Notification(notification) => notification.frame = frame,
        Message::Response(response) => response.frame = frame,
        Message::Invalid(_) => {}
    }
    message
}

/// What is wrong with a frame that is no JSON, in the words of `serde_json`, which knows the place.
#[cold]
fn malformed(frame: &Frame) -> Message {
    match std::str::from_utf8(frame.bytes()).map(serde_json::from_str::<&RawValue>) {
        Ok(Err(error)) => not_json(&error),
        Err(error) => not_text(frame, error),
        // A name that is no text, for half a character.
        Ok(Ok(_)) => unparsed("invalid unicode in a name"),
    }
}

/// A frame that is not UTF-8, with the place as `serde_json` gives it.
fn not_text(frame: &Frame, error: Utf8Error) -> Message {
    let before = &frame.bytes()[..error.valid_up_to()];
    let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
    let column = before.iter().rev().take_while(|byte| **byte != b'\n').count() + 1;
    unparsed(&format!("invalid unicode code point at line {line} column {column}"))
}

fn unparsed(why: &str) -> Message {
    Message::Invalid(Invalid { id: None, answers: None, error: RpcError::parse(format!("Parse error: {why}")) })
}

fn not_json(error: &serde_json::Error) -> Message {
    // The position helps whoever wrote the client; the words of serde_json name no internals.
    unparsed(&error.to_string())
}

fn invalid(id: Option<Id>, why: &str) -> Message {
    Message::Invalid(Invalid { id, answers: None, error: RpcError::invalid_request(format!("Invalid request: {why}")) })
}

/// What was found in a message: values, and where they stand.
#[derive(Default)]
struct Envelope<R> {
    jsonrpc: Option<Value>,
    id: Option<Value>,
    method: Option<Value>,
    params: Object<Params>,
    result: Option<Value>,
    error: Option<Value>,
    of_result: R,
}

impl<R: OfResult> Members for Envelope<R> {
    fn member(&mut self, name: &[u8], scanner: &mut Scanner<'_>) -> Result<bool, Malformed> {
        let place = match name {
            b"jsonrpc" => &mut self.jsonrpc,
            b"id" => &mut self.id,
            b"method" => &mut self.method,
            b"result" => return Ok(self.result.replace(self.of_result.walk(scanner)?).is_none()),
            b"error" => &mut self.error,
            b"params" => return self.params.walk(scanner),
            _ => return scanner.value().map(|_| true),
        };
        Ok(place.replace(scanner.value()?).is_none())
    }
}

impl<R: OfResult> Object<Envelope<R>> {
    /// Walks over a message.
    fn read_from(text: &str) -> Result<Self, Malformed> {
        let mut scanner = Scanner::new(text);
        let mut envelope = Self::default();
        envelope.walk(&mut scanner)?;
        scanner.end()?;
        Ok(envelope)
    }

    /// The message, without its frame, or the error that answers it.
    fn into_message(self, text: &str) -> Message {
        if self.shape != Shape::Object {
            return invalid(None, "a message is a JSON object");
        }
        let Envelope { jsonrpc, id, method, params, result, error, of_result } = self.members;
        // `null` stands for "no id" in an error answer; in a request it is one of the wrong ids.
        let read_id = id.and_then(|id| Id::read(id.span.of(text)));
        if jsonrpc.map(|value| value.span.of(text)) != Some(r#""2.0""#) {
            let why = r#"`jsonrpc` must be "2.0""#;
            return if method.is_none() { bad_response(read_id, result.or(error), why) } else { invalid(read_id, why) };
        }
        if self.is_ambiguous {
            return invalid(read_id, "a member is there twice");
        }
        let Some(method) = method else { return response(read_id, result, error, of_result.members()) };
        let Some(method) = string(text, method) else { return invalid(read_id, "`method` must be a string") };
        match (id, read_id) {
            (None, _) => {
                Message::Notification(Notification { frame: Frame::default(), method: method.into_owned().into() })
            }
            (Some(_), None) => invalid(None, "`id` must be a string of at most 256 bytes, or an integer of 64 bits"),
            (Some(_), Some(id)) => Message::Request(params.into_request(text, id, Method::parse(&method))),
        }
    }
}

fn response(id: Option<Id>, result: Option<Value>, error: Option<Value>, members: ResultMembers) -> Message {
    let outcome = match (result, error) {
        (Some(result), None) => Outcome::Result(result.span),
        (None, Some(error)) => Outcome::Error(error.span),
        _ => return bad_response(id, result, "neither a `method` nor exactly one of `result` and `error`"),
    };
    Message::Response(Response { frame: Frame::default(), id, outcome, members })
}

/// An answer that cannot be read. Its id is ours: under the same one the sender may have a request of its own in flight. But
/// what has no `result` and no `error` may be a request that lacks its method; then the id is the sender's.
#[cold]
fn bad_response(id: Option<Id>, outcome: Option<Value>, why: &str) -> Message {
    let error = RpcError::invalid_request(format!("Invalid request: {why}"));
    Message::Invalid(Invalid { id: id.clone().filter(|_| outcome.is_none()), answers: id.map(Box::new), error })
}

#[derive(Default)]
struct Params {
    name: Option<Value>,
    uri: Option<Value>,
    cursor: Option<Value>,
    arguments: Option<Value>,
    input_responses: Option<Value>,
    request_state: Option<Value>,
    meta: Object<MetaFields>,
}

impl Members for Params {
    fn member(&mut self, name: &[u8], scanner: &mut Scanner<'_>) -> Result<bool, Malformed> {
        let place = match name {
            b"name" => &mut self.name,
            b"uri" => &mut self.uri,
            b"cursor" => &mut self.cursor,
            b"arguments" => &mut self.arguments,
            b"inputResponses" => &mut self.input_responses,
            b"requestState" => &mut self.request_state,
            b"_meta" => return self.meta.walk(scanner),
            _ => return scanner.value().map(|_| true),
        };
        Ok(place.replace(scanner.value()?).is_none())
    }
}

impl Object<Params> {
    fn into_request(self, text: &str, id: Id, method: Method) -> Box<Request> {
        let Params { name, uri, cursor, arguments, input_responses, request_state, meta } = self.members;
        let text_of = |value: Option<Value>| value.and_then(|value| text_at(text, value));
        Box::new(Request {
            frame: Frame::default(),
            id,
            method,
            fault: match self.shape {
                Shape::Other => Some("`params` must be an object"),
                _ if self.is_ambiguous || meta.is_ambiguous => Some("Invalid params: a member is there twice"),
                _ => meta.members.fault(text),
            },
            name: text_of(name),
            uri: text_of(uri),
            cursor: given_out(text, cursor),
            arguments: match arguments {
                None | Some(Value { kind: Kind::Null, .. }) => Arguments::Absent,
                Some(Value { kind: Kind::Object, span }) => Arguments::Object(span),
                Some(_) => Arguments::NotAnObject,
            },
            // What is no object is refused where it is read.
            input_responses: input_responses.filter(|value| value.kind != Kind::Null).map(|value| value.span),
            request_state: given_out(text, request_state),
            meta: meta.into_meta(text),
        })
    }
}

#[derive(Default)]
struct MetaFields {
    protocol_version: Option<Value>,
    client_info: Option<Value>,
    client_capabilities: Option<Value>,
    log_level: Option<Value>,
    progress_token: Option<Value>,
}

impl Members for MetaFields {
    fn member(&mut self, name: &[u8], scanner: &mut Scanner<'_>) -> Result<bool, Malformed> {
        let place = match name {
            b"progressToken" => &mut self.progress_token,
            b"io.modelcontextprotocol/protocolVersion" => &mut self.protocol_version,
            b"io.modelcontextprotocol/clientInfo" => &mut self.client_info,
            b"io.modelcontextprotocol/clientCapabilities" => &mut self.client_capabilities,
            b"io.modelcontextprotocol/logLevel" => &mut self.log_level,
            _ => return scanner.value().map(|_| true),
        };
        Ok(place.replace(scanner.value()?).is_none())
    }
}

impl MetaFields {
    /// What is too long of what is kept, or echoed, as long as a call runs.
    fn fault(&self, text: &str) -> Option<&'static str> {
        let is_long = |value: Option<Value>| value.is_some_and(|value| value.span.len() > CLIENT_BYTES);
        if self.progress_token.is_some_and(|token| is_long_token(text, token)) {
            Some("Invalid params: `progressToken` is longer than 256 bytes")
        } else if is_long(self.client_info) {
            Some("Invalid params: `io.modelcontextprotocol/clientInfo` is longer than 16 KiB")
        } else if is_long(self.client_capabilities) {
            Some("Invalid params: `io.modelcontextprotocol/clientCapabilities` is longer than 16 KiB")
        } else {
            None
        }
    }
}

impl Object<MetaFields> {
    fn into_meta(self, text: &str) -> Meta {
        if self.shape != Shape::Object {
            return Meta::default();
        }
        let fields = self.members;
        let version = fields.protocol_version.and_then(|value| text_at(text, value));
        Meta {
            present: true,
            protocol_version_misshapen: version.is_none() && fields.protocol_version.is_some(),
            protocol_version: version,
            client_info: object(fields.client_info),
            client_capabilities: object(fields.client_capabilities),
            // One that is no text is as unknown as any other text that is no level.
            log_level: fields.log_level.map(|value| text_at(text, value).unwrap_or_else(nothing)),
            progress_token: fields.progress_token.filter(|value| is_token(text, *value)).map(|value| value.span),
        }
    }
}

/// The place of an object; `None` for anything else.
fn object(value: Option<Value>) -> Option<Span> {
    value.filter(|value| value.kind == Kind::Object).map(|value| value.span)
}

/// The string that a value is; `None` where it is something else.
fn string(text: &str, value: Value) -> Option<Cow<'_, str>> {
    match value.kind {
        Kind::Plain => Some(Cow::Borrowed(value.span.inner().of(text))),
        Kind::Escaped => serde_json::from_str(value.span.of(text)).ok().map(Cow::Owned),
        _ => None,
    }
}

/// The same, where it stays in the frame.
fn text_at(text: &str, value: Value) -> Option<Text> {
    match value.kind {
        Kind::Plain => Some(Text::Span(value.span.inner())),
        _ => string(text, value).map(|text| Text::Owned(text.into_owned().into())),
    }
}

/// A text that only we can have given out. One that is no text was never given out; neither was the empty one, in whose
/// place it is refused.
fn given_out(text: &str, value: Option<Value>) -> Option<Text> {
    let value = value.filter(|value| value.kind != Kind::Null)?;
    Some(text_at(text, value).unwrap_or_else(nothing))
}

fn nothing() -> Text {
    Text::Owned("".into())
}

fn is_token(text: &str, value: Value) -> bool {
    match value.kind {
        Kind::Plain | Kind::Escaped => true,
        // A fraction is none; an integer may be written as one.
        Kind::Number => Id::read(value.span.of(text)).is_some(),
        _ => false,
    }
}

/// Whether the text or the number of a token has more than 256 bytes.
fn is_long_token(text: &str, value: Value) -> bool {
    match value.kind {
        Kind::Plain => value.span.len() > id::LONGEST + 2,
        // Seldom: only what may be too long is decoded.
        Kind::Escaped => value.span.len() > id::LONGEST + 2 && Id::read(value.span.of(text)).is_none(),
        Kind::Number => value.span.len() > id::LONGEST,
        _ => false,
    }
}

/// Members of an object that are picked by name.
trait Members: Default {
    /// Walks over a member's value. Whether it is there for the first time; of members that are not picked nobody asks.
    fn member(&mut self, name: &[u8], scanner: &mut Scanner<'_>) -> Result<bool, Malformed>;
}

/// A member that should be an object, and what was found in it.
#[derive(Default)]
struct Object<T> {
    shape: Shape,
    /// Whether a member that is picked is there twice. Readers disagree which one counts, so the message is refused.
    is_ambiguous: bool,
    members: T,
}

/// What a member that should be an object is.
#[derive(Default, PartialEq, Eq)]
enum Shape {
    /// Not there, or `null`.
    #[default]
    Absent,
    Object,
    Other,
}

impl<T: Members> Object<T> {
    /// Walks over the value that comes next. It is filled where it is: what is found in a message is moved once, when all
    /// of it is known.
    /// Whether it comes for the first time.
    fn walk(&mut self, scanner: &mut Scanner<'_>) -> Result<bool, Malformed> {
        let is_first = self.shape == Shape::Absent;
        if scanner.peek()? != b'{' {
            let value = scanner.value()?;
            if value.kind != Kind::Null {
                self.shape = Shape::Other;
            }
            return Ok(is_first);
        }
        self.shape = Shape::Object;
        scanner.object(|scanner, name| {
            let is_first = match scanner.plain(name) {
                Some(name) => self.members.member(name, scanner)?,
                // A name may be written with escapes, and is the same.
                None => self.members.member(scanner.decode(name)?.as_bytes(), scanner)?,
            };
            self.is_ambiguous |= !is_first;
            Ok(())
        })?;
        Ok(is_first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_a_batch_that_is_too_long_no_more_is_kept_than_tells_so() {
        let long = format!("[1{}]", ",1".repeat(100_000));
        let parts = parts(&long).expect("it is JSON");
        assert_eq!(parts.len(), LARGEST_BATCH + 1);
        let Incoming::One(Message::Invalid(invalid)) = decode(long) else { panic!("it is refused") };
        assert!(invalid.error.message.contains("more than 1024"), "{}", invalid.error.message);
        // What comes behind is looked at all the same.
        let broken = format!("[1{},]", ",1".repeat(100_000));
        let Incoming::One(Message::Invalid(invalid)) = decode(broken) else { panic!("it is refused") };
        assert_eq!(invalid.error.code, super::super::Code::PARSE);
    }
}
