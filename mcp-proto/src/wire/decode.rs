//! From the bytes of a frame to a message, in one pass.
//!
//! The pass looks at every byte once. It reads the envelope and the few members of `params` and `_meta` that
//! every call needs, and leaves the rest where it is: `arguments` becomes a [`Span`](super::Span), to be parsed
//! straight into the function's own types later. No member can fail the pass by having the wrong type: such a
//! message must still be answered, by its id.

use bytes::Bytes;
use serde_json::value::RawValue;

use super::error::RpcError;
use super::frame::{Frame, Span};
use super::id::Id;
use super::method::Method;
use super::request::{Arguments, Invalid, Meta, Notification, Request, Response};
use super::scan::{Kind, Malformed, Scanner, Value};
use super::text::Text;

/// The most messages of a batch: as many as there may be calls in flight. A megabyte of `1,1,1` would otherwise become a
/// hundred megabytes of refusals.
const LARGEST_BATCH: usize = 1024;

/// What one frame holds.
// A box around the common case would be an allocation a message, to save bytes on the stack in the rare one.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
pub enum Incoming {
    /// A message.
    One(Message),
    /// Several in a JSON array: a batch, which only 2025-03-26 has.
    Batch(Vec<Message>),
}

/// One JSON-RPC message.
// As above.
#[allow(clippy::large_enum_variant)]
#[derive(Debug)]
#[non_exhaustive]
pub enum Message {
    /// Something to answer.
    Request(Request),
    /// Something to note.
    Notification(Notification),
    /// An answer to something we asked.
    Response(Response),
    /// Nothing that can be understood; it is answered with an error.
    Invalid(Invalid),
}

/// Decodes one frame. Bytes that make no sense become [`Message::Invalid`]; nothing fails.
pub fn decode(bytes: impl Into<Bytes>) -> Incoming {
    let frame = Frame::new(bytes);
    let first = frame.bytes().iter().find(|byte| !byte.is_ascii_whitespace());
    if first == Some(&b'[') { decode_batch(&frame) } else { Incoming::One(decode_message(frame)) }
}

fn decode_batch(frame: &Frame) -> Incoming {
    let parts: Vec<&RawValue> = match serde_json::from_slice(frame.bytes()) {
        Ok(parts) => parts,
        Err(error) => return Incoming::One(not_json(&error)),
    };
    if parts.len() > LARGEST_BATCH {
        return Incoming::One(invalid(None, &format!("a batch of more than {LARGEST_BATCH} messages")));
    }
    let parts = parts.into_iter().map(|part| decode_message(frame.part(frame.span_of(part.get()))));
    Incoming::Batch(parts.collect())
}

fn decode_message(frame: Frame) -> Message {
    // That all of it is text is found out once, and not again for each string.
    let envelope = std::str::from_utf8(frame.bytes()).map_err(|_| Malformed).and_then(Envelope::walk);
    let parts = match envelope {
        Ok(Some(envelope)) => envelope.read(&frame),
        Ok(None) => Err(invalid(None, "a message is a JSON object")),
        Err(Malformed) => Err(malformed(&frame)),
    };
    match parts {
        Ok(parts) => parts.into_message(frame),
        Err(invalid) => invalid,
    }
}

/// What is wrong with a frame that is no JSON, in the words of `serde_json`, which knows the place.
#[cold]
fn malformed(frame: &Frame) -> Message {
    match serde_json::from_slice::<&RawValue>(frame.bytes()) {
        Err(error) => not_json(&error),
        // A name that is no text, for half a character.
        Ok(_) => {
            Message::Invalid(Invalid { id: None, error: RpcError::parse("Parse error: invalid unicode in a name") })
        }
    }
}

fn not_json(error: &serde_json::Error) -> Message {
    // The position helps whoever wrote the client; the words of serde_json name no internals.
    Message::Invalid(Invalid { id: None, error: RpcError::parse(format!("Parse error: {error}")) })
}

fn invalid(id: Option<Id>, why: &str) -> Message {
    Message::Invalid(Invalid { id, error: RpcError::invalid_request(format!("Invalid request: {why}")) })
}

#[derive(Default)]
struct Envelope {
    jsonrpc: Option<Value>,
    id: Option<Value>,
    method: Option<Value>,
    params: Shape<Params>,
    result: Option<Value>,
    error: Option<Value>,
}

impl Envelope {
    /// Walks over a message; `None` where it is no object.
    fn walk(text: &str) -> Result<Option<Self>, Malformed> {
        let mut scanner = Scanner::new(text);
        let envelope = Shape::walk(&mut scanner)?;
        scanner.end()?;
        Ok(envelope.object())
    }
}

impl Members for Envelope {
    fn member(&mut self, name: &[u8], scanner: &mut Scanner<'_>) -> Result<(), Malformed> {
        let place = match name {
            b"jsonrpc" => &mut self.jsonrpc,
            b"id" => &mut self.id,
            b"method" => &mut self.method,
            b"result" => &mut self.result,
            b"error" => &mut self.error,
            b"params" => {
                self.params = Shape::walk(scanner)?;
                return Ok(());
            }
            _ => return scanner.value().map(drop),
        };
        *place = Some(scanner.value()?);
        Ok(())
    }
}

/// What an envelope says, without a borrow of its frame, so that the message can take the frame with it.
// Made and taken apart in one function; a box would be an allocation a message.
#[allow(clippy::large_enum_variant)]
enum Parts {
    Request { id: Id, method: Method, params: ReadParams },
    Notification { method: Box<str> },
    Response { id: Option<Id>, outcome: Result<Span, Span> },
}

impl Parts {
    fn into_message(self, frame: Frame) -> Message {
        match self {
            Self::Request { id, method, params } => Message::Request(params.into_request(frame, id, method)),
            Self::Notification { method } => Message::Notification(Notification { frame, method }),
            Self::Response { id, outcome } => Message::Response(Response { frame, id, outcome }),
        }
    }
}

impl Envelope {
    /// What the envelope says, or the error that answers it.
    // The error is a message to pass on, not a failure to look into.
    #[allow(clippy::result_large_err)]
    fn read(self, frame: &Frame) -> Result<Parts, Message> {
        // `null` stands for "no id" in an error answer; in a request it is one of the wrong ids.
        let id = self.id.and_then(|id| Id::read(frame.text(id.span)));
        if self.jsonrpc.map(|value| frame.at(value.span)) != Some(br#""2.0""#) {
            return Err(invalid(id, r#"`jsonrpc` must be "2.0""#));
        }
        let Some(method) = self.method else { return self.read_response(id) };
        let Some(method) = text(frame, method) else { return Err(invalid(id, "`method` must be a string")) };
        let method = method.get(frame);
        match (self.id, id) {
            (None, _) => Ok(Parts::Notification { method: method.into() }),
            (Some(_), None) => Err(invalid(None, "`id` must be a string or an integer of 64 bits")),
            (Some(_), Some(id)) => {
                Ok(Parts::Request { id, method: Method::parse(method), params: self.params.read(frame) })
            }
        }
    }

    // As above.
    #[allow(clippy::result_large_err)]
    fn read_response(self, id: Option<Id>) -> Result<Parts, Message> {
        let outcome = match (self.result, self.error) {
            (Some(result), None) => Ok(result.span),
            (None, Some(error)) => Err(error.span),
            _ => return Err(invalid(id, "neither a `method` nor exactly one of `result` and `error`")),
        };
        Ok(Parts::Response { id, outcome })
    }
}

#[derive(Default)]
struct Params {
    name: Option<Value>,
    uri: Option<Value>,
    cursor: Option<Value>,
    arguments: Option<Value>,
    input_responses: Option<Value>,
    request_state: Option<Value>,
    meta: Shape<MetaFields>,
}

impl Members for Params {
    fn member(&mut self, name: &[u8], scanner: &mut Scanner<'_>) -> Result<(), Malformed> {
        let place = match name {
            b"name" => &mut self.name,
            b"uri" => &mut self.uri,
            b"cursor" => &mut self.cursor,
            b"arguments" => &mut self.arguments,
            b"inputResponses" => &mut self.input_responses,
            b"requestState" => &mut self.request_state,
            b"_meta" => {
                self.meta = Shape::walk(scanner)?;
                return Ok(());
            }
            _ => return scanner.value().map(drop),
        };
        *place = Some(scanner.value()?);
        Ok(())
    }
}

/// The members of `params` as places in the frame.
struct ReadParams {
    misshapen: bool,
    name: Option<Text>,
    uri: Option<Text>,
    cursor: Option<Text>,
    arguments: Arguments,
    input_responses: Option<Span>,
    request_state: Option<Text>,
    meta: Meta,
}

impl Shape<Params> {
    fn read(self, frame: &Frame) -> ReadParams {
        let misshapen = matches!(self, Self::Other);
        let params = self.object().unwrap_or_default();
        let text_of = |value: Option<Value>| value.and_then(|value| text(frame, value));
        ReadParams {
            misshapen,
            name: text_of(params.name),
            uri: text_of(params.uri),
            cursor: given_out(frame, params.cursor),
            arguments: match params.arguments {
                None | Some(Value { kind: Kind::Null, .. }) => Arguments::Absent,
                Some(Value { kind: Kind::Object, span }) => Arguments::Object(span),
                Some(_) => Arguments::NotAnObject,
            },
            // What is no object is refused where it is read.
            input_responses: params.input_responses.filter(|value| value.kind != Kind::Null).map(|value| value.span),
            request_state: given_out(frame, params.request_state),
            meta: params.meta.into_meta(frame),
        }
    }
}

impl ReadParams {
    fn into_request(self, frame: Frame, id: Id, method: Method) -> Request {
        Request {
            frame,
            id,
            method,
            params_misshapen: self.misshapen,
            name: self.name,
            uri: self.uri,
            cursor: self.cursor,
            arguments: self.arguments,
            input_responses: self.input_responses,
            request_state: self.request_state,
            meta: self.meta,
        }
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
    fn member(&mut self, name: &[u8], scanner: &mut Scanner<'_>) -> Result<(), Malformed> {
        let place = match name {
            b"progressToken" => &mut self.progress_token,
            b"io.modelcontextprotocol/protocolVersion" => &mut self.protocol_version,
            b"io.modelcontextprotocol/clientInfo" => &mut self.client_info,
            b"io.modelcontextprotocol/clientCapabilities" => &mut self.client_capabilities,
            b"io.modelcontextprotocol/logLevel" => &mut self.log_level,
            _ => return scanner.value().map(drop),
        };
        *place = Some(scanner.value()?);
        Ok(())
    }
}

impl Shape<MetaFields> {
    fn into_meta(self, frame: &Frame) -> Meta {
        let Some(fields) = self.object() else { return Meta::default() };
        let version = fields.protocol_version.and_then(|value| text(frame, value));
        Meta {
            present: true,
            protocol_version_misshapen: version.is_none() && fields.protocol_version.is_some(),
            protocol_version: version,
            client_info: object(fields.client_info),
            client_capabilities: object(fields.client_capabilities),
            // One that is no text is as unknown as any other text that is no level.
            log_level: fields.log_level.map(|value| text(frame, value).unwrap_or_else(nothing)),
            progress_token: fields.progress_token.filter(|value| is_token(frame, *value)).map(|value| value.span),
        }
    }
}

/// The place of an object; `None` for anything else.
fn object(value: Option<Value>) -> Option<Span> {
    value.filter(|value| value.kind == Kind::Object).map(|value| value.span)
}

/// The string that a value is; `None` where it is something else.
fn text(frame: &Frame, value: Value) -> Option<Text> {
    match value.kind {
        Kind::Plain => Some(Text::Span(value.span.inner())),
        Kind::Escaped => serde_json::from_slice(frame.at(value.span)).ok().map(Text::Owned),
        _ => None,
    }
}

/// A text that only we can have given out. One that is no text was never given out; neither was the empty one, in whose
/// place it is refused.
fn given_out(frame: &Frame, value: Option<Value>) -> Option<Text> {
    let value = value.filter(|value| value.kind != Kind::Null)?;
    Some(text(frame, value).unwrap_or_else(nothing))
}

fn nothing() -> Text {
    Text::Owned("".into())
}

fn is_token(frame: &Frame, value: Value) -> bool {
    match value.kind {
        Kind::Plain | Kind::Escaped => true,
        Kind::Number => frame.text(value.span).parse::<i64>().is_ok(),
        _ => false,
    }
}

/// An object whose interesting members are picked by name.
trait Members: Default {
    /// Walks over a member's value.
    fn member(&mut self, name: &[u8], scanner: &mut Scanner<'_>) -> Result<(), Malformed>;
}

/// A member that should be an object.
#[derive(Default)]
enum Shape<T> {
    /// Not there, or `null`.
    #[default]
    Absent,
    Object(T),
    Other,
}

impl<T: Members> Shape<T> {
    /// Walks over the value that comes next.
    fn walk(scanner: &mut Scanner<'_>) -> Result<Self, Malformed> {
        if scanner.peek()? != b'{' {
            let value = scanner.value()?;
            return Ok(if value.kind == Kind::Null { Self::Absent } else { Self::Other });
        }
        let mut object = T::default();
        scanner.object(|scanner, name| match scanner.plain(name) {
            Some(name) => object.member(name, scanner),
            // A name may be written with escapes, and is the same.
            None => object.member(scanner.decode(name)?.as_bytes(), scanner),
        })?;
        Ok(Self::Object(object))
    }

    fn object(self) -> Option<T> {
        match self {
            Self::Object(object) => Some(object),
            Self::Absent | Self::Other => None,
        }
    }
}
