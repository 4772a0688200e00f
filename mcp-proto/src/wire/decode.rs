//! From the bytes of a frame to a message, in one pass.
//!
//! The pass looks at every byte once. It reads the envelope and the few members of `params` and `_meta` that
//! every call needs, and leaves the rest where it is: `arguments` becomes a [`Span`](super::Span), to be parsed
//! straight into the function's own types later. No member can fail the pass by having the wrong type: such a
//! message must still be answered, by its id.

use std::fmt;

use bytes::Bytes;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::error::RpcError;
use super::frame::{Frame, Span};
use super::id::Id;
use super::method::Method;
use super::request::{Arguments, Invalid, Meta, Notification, Request, Response};
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
    let envelope = match std::str::from_utf8(frame.bytes()) {
        Ok(text) => parse(serde_json::Deserializer::from_str(text)),
        Err(_) => parse(serde_json::Deserializer::from_slice(frame.bytes())),
    };
    let envelope = match envelope {
        Ok(envelope) => envelope,
        Err(error) => return not_json(&error),
    };
    let Some(envelope) = envelope else {
        return invalid(None, "a message is a JSON object");
    };
    match envelope.read(&frame) {
        Ok(parts) => parts.into_message(frame),
        Err(invalid) => invalid,
    }
}

fn parse<'de, R: serde_json::de::Read<'de>>(
    mut parser: serde_json::Deserializer<R>,
) -> Result<Option<Envelope<'de>>, serde_json::Error> {
    let envelope = (ObjectSeed { into: Envelope::default() }).deserialize(&mut parser)?;
    parser.end()?;
    Ok(envelope)
}

fn not_json(error: &serde_json::Error) -> Message {
    // The position helps whoever wrote the client; the words of serde_json name no internals.
    Message::Invalid(Invalid { id: None, error: RpcError::parse(format!("Parse error: {error}")) })
}

fn invalid(id: Option<Id>, why: &str) -> Message {
    Message::Invalid(Invalid { id, error: RpcError::invalid_request(format!("Invalid request: {why}")) })
}

#[derive(Default)]
struct Envelope<'a> {
    jsonrpc: Option<&'a RawValue>,
    id: Option<&'a RawValue>,
    method: Option<&'a RawValue>,
    params: Shape<Params<'a>>,
    result: Option<&'a RawValue>,
    error: Option<&'a RawValue>,
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

impl Envelope<'_> {
    /// What the envelope says, or the error that answers it.
    // The error is a message to pass on, not a failure to look into.
    #[allow(clippy::result_large_err)]
    fn read(self, frame: &Frame) -> Result<Parts, Message> {
        // `null` stands for "no id" in an error answer; in a request it is one of the wrong ids.
        let id = self.id.and_then(Id::read);
        if self.jsonrpc.map(RawValue::get) != Some(r#""2.0""#) {
            return Err(invalid(id, r#"`jsonrpc` must be "2.0""#));
        }
        let Some(method) = self.method else { return self.read_response(frame, id) };
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
    fn read_response(self, frame: &Frame, id: Option<Id>) -> Result<Parts, Message> {
        let outcome = match (self.result, self.error) {
            (Some(result), None) => Ok(frame.span_of(result.get())),
            (None, Some(error)) => Err(frame.span_of(error.get())),
            _ => return Err(invalid(id, "neither a `method` nor exactly one of `result` and `error`")),
        };
        Ok(Parts::Response { id, outcome })
    }
}

#[derive(Default)]
struct Params<'a> {
    name: Option<&'a RawValue>,
    uri: Option<&'a RawValue>,
    cursor: Option<&'a RawValue>,
    arguments: Option<&'a RawValue>,
    input_responses: Option<&'a RawValue>,
    request_state: Option<&'a RawValue>,
    meta: Shape<MetaFields<'a>>,
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

impl Shape<Params<'_>> {
    fn read(self, frame: &Frame) -> ReadParams {
        let misshapen = matches!(self, Self::Other);
        let params = self.object().unwrap_or_default();
        let text_of = |raw: Option<&RawValue>| raw.and_then(|raw| text(frame, raw));
        ReadParams {
            misshapen,
            name: text_of(params.name),
            uri: text_of(params.uri),
            // One that is no text was never given out; neither was the empty one, in whose place it is refused.
            cursor: params
                .cursor
                .filter(|raw| raw.get() != "null")
                .map(|raw| text(frame, raw).unwrap_or_else(|| Text::Owned("".into()))),
            arguments: match params.arguments.map(RawValue::get) {
                None | Some("null") => Arguments::Absent,
                Some(json) if json.starts_with('{') => Arguments::Object(frame.span_of(json)),
                Some(_) => Arguments::NotAnObject,
            },
            input_responses: span_if(frame, params.input_responses, |json| json.starts_with('{')),
            // One that is no text was never given out; neither was the empty one, in whose place it is refused.
            request_state: params
                .request_state
                .filter(|raw| raw.get() != "null")
                .map(|raw| text(frame, raw).unwrap_or_else(|| Text::Owned("".into()))),
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
struct MetaFields<'a> {
    protocol_version: Option<&'a RawValue>,
    client_info: Option<&'a RawValue>,
    client_capabilities: Option<&'a RawValue>,
    log_level: Option<&'a RawValue>,
    progress_token: Option<&'a RawValue>,
}

impl<'a> Shape<MetaFields<'a>> {
    fn into_meta(self, frame: &Frame) -> Meta {
        let Some(fields) = self.object() else { return Meta::default() };
        let object = |raw: Option<&RawValue>| span_if(frame, raw, |json| json.starts_with('{'));
        let version = fields.protocol_version.and_then(|raw| text(frame, raw));
        Meta {
            present: true,
            protocol_version_misshapen: version.is_none() && fields.protocol_version.is_some(),
            protocol_version: version,
            client_info: object(fields.client_info),
            client_capabilities: object(fields.client_capabilities),
            // One that is no text is as unknown as any other text that is no level.
            log_level: fields.log_level.map(|raw| text(frame, raw).unwrap_or_else(|| Text::Owned("".into()))),
            progress_token: span_if(frame, fields.progress_token, |json| {
                json.starts_with('"') || json.parse::<i64>().is_ok()
            }),
        }
    }
}

fn span_if(frame: &Frame, raw: Option<&RawValue>, fits: impl Fn(&str) -> bool) -> Option<Span> {
    raw.map(RawValue::get).filter(|json| fits(json)).map(|json| frame.span_of(json))
}

/// The string that `raw` is; `None` where it is something else.
fn text(frame: &Frame, raw: &RawValue) -> Option<Text> {
    let json = raw.get();
    if !json.starts_with('"') {
        return None;
    }
    if json.contains('\\') {
        return serde_json::from_str(json).ok().map(Text::Owned);
    }
    Some(Text::Span(frame.span_of(json).inner()))
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

impl<T> Shape<T> {
    fn object(self) -> Option<T> {
        match self {
            Self::Object(object) => Some(object),
            Self::Absent | Self::Other => None,
        }
    }
}

/// An object whose interesting members are picked by name.
trait Pick<'de> {
    fn pick<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error>;
}

impl<'de> Pick<'de> for Envelope<'de> {
    fn pick<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "jsonrpc" => self.jsonrpc = Some(map.next_value()?),
            "id" => self.id = Some(map.next_value()?),
            "method" => self.method = Some(map.next_value()?),
            "params" => self.params = map.next_value_seed(ShapeSeed { into: Params::default() })?,
            "result" => self.result = Some(map.next_value()?),
            "error" => self.error = Some(map.next_value()?),
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'de> Pick<'de> for Params<'de> {
    fn pick<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        match key {
            "name" => self.name = Some(map.next_value()?),
            "uri" => self.uri = Some(map.next_value()?),
            "cursor" => self.cursor = Some(map.next_value()?),
            "arguments" => self.arguments = Some(map.next_value()?),
            "inputResponses" => self.input_responses = Some(map.next_value()?),
            "requestState" => self.request_state = Some(map.next_value()?),
            "_meta" => self.meta = map.next_value_seed(ShapeSeed { into: MetaFields::default() })?,
            _ => drop(map.next_value::<IgnoredAny>()?),
        }
        Ok(())
    }
}

impl<'de> Pick<'de> for MetaFields<'de> {
    fn pick<A: MapAccess<'de>>(&mut self, key: &str, map: &mut A) -> Result<(), A::Error> {
        let field = match key {
            "progressToken" => &mut self.progress_token,
            "io.modelcontextprotocol/protocolVersion" => &mut self.protocol_version,
            "io.modelcontextprotocol/clientInfo" => &mut self.client_info,
            "io.modelcontextprotocol/clientCapabilities" => &mut self.client_capabilities,
            "io.modelcontextprotocol/logLevel" => &mut self.log_level,
            _ => return map.next_value::<IgnoredAny>().map(drop),
        };
        *field = Some(map.next_value()?);
        Ok(())
    }
}

/// Reads an object into `T`; `None` for any other JSON value.
struct ObjectSeed<T> {
    into: T,
}

impl<'de, T: Pick<'de>> DeserializeSeed<'de> for ObjectSeed<T> {
    type Value = Option<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        (ShapeSeed { into: self.into }).deserialize(deserializer).map(Shape::object)
    }
}

struct ShapeSeed<T> {
    into: T,
}

impl<'de, T: Pick<'de>> DeserializeSeed<'de> for ShapeSeed<T> {
    type Value = Shape<T>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, T: Pick<'de>> Visitor<'de> for ShapeSeed<T> {
    type Value = Shape<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut map: A) -> Result<Self::Value, A::Error> {
        while let Some(Key(key)) = map.next_key()? {
            self.into.pick(key.as_ref(), &mut map)?;
        }
        Ok(Shape::Object(self.into))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Shape::Other)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Shape::Absent)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }

    fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
        Ok(Shape::Other)
    }
}

/// A member's name, borrowed unless it was written with escapes.
struct Key<'a>(super::text::Str<'a>);

impl<'de> serde::Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        super::text::Str::deserialize(deserializer).map(Self)
    }
}
