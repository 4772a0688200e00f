//! The members of `params` and of `_meta` that the protocol itself reads.

use super::super::frame::{Frame, Span};
use super::super::id::{self, Id};
use super::super::method::Method;
use super::super::names::names;
use super::super::request::{Arguments, Meta, Request};
use super::super::scan::{Malformed, Scanner};
use super::super::text::Text;
use super::super::value::{Kind, Value};
use super::CLIENT_BYTES;
use super::object::{Members, Object, Shape};

#[derive(Default)]
pub(super) struct Params {
    name: Option<Value>,
    uri: Option<Value>,
    cursor: Option<Value>,
    arguments: Option<Value>,
    input_responses: Option<Value>,
    request_state: Option<Value>,
    meta: Object<MetaFields>,
}

names! {
    /// Members of `params`.
    pub(super) enum Param {
        Name = "name",
        Arguments = "arguments",
        Meta = "_meta",
        Uri = "uri",
        Cursor = "cursor",
        InputResponses = "inputResponses",
        RequestState = "requestState",
    }
}

impl Members for Params {
    type Name = Param;

    #[inline]
    fn member(&mut self, name: Param, scanner: &mut Scanner<'_>) -> Result<bool, Malformed> {
        let place = match name {
            Param::Name => &mut self.name,
            Param::Arguments => &mut self.arguments,
            Param::Meta => return self.meta.walk_meta(scanner),
            Param::Uri => &mut self.uri,
            Param::Cursor => &mut self.cursor,
            Param::InputResponses => &mut self.input_responses,
            Param::RequestState => &mut self.request_state,
            Param::Other => return scanner.value().map(|_| true),
        };
        Ok(place.replace(scanner.mostly_string()?).is_none())
    }
}

impl Object<Params> {
    /// The request that they are of.
    pub(super) fn request(&self, frame: Frame, id: Id, method: Method) -> Box<Request> {
        let Params { name, uri, cursor, arguments, input_responses, request_state, ref meta } = self.members;
        let json = frame.bytes();
        let text_of = |value: Option<Value>| value.and_then(|value| text_at(json, value));
        Box::new(Request {
            id,
            method,
            fault: match self.shape {
                Shape::Other => Some("`params` must be an object"),
                _ if self.is_ambiguous || meta.is_ambiguous => Some("Invalid params: a member is there twice"),
                _ => meta.members.fault(json),
            },
            name: text_of(name),
            uri: text_of(uri),
            cursor: cursor.and_then(|value| given_out(json, value)),
            arguments: match arguments {
                None | Some(Value { kind: Kind::Null, .. }) => Arguments::Absent,
                Some(Value { kind: Kind::Object, span }) => Arguments::Object(span),
                Some(_) => Arguments::NotAnObject,
            },
            // What is no object is refused where it is read.
            input_responses: input_responses.filter(|value| value.kind != Kind::Null).map(|value| value.span),
            request_state: request_state.and_then(|value| given_out(json, value)),
            meta: meta.read(json),
            frame,
        })
    }
}

#[derive(Clone, Copy, Default)]
pub(super) struct MetaFields {
    protocol_version: Option<Value>,
    client_info: Option<Value>,
    client_capabilities: Option<Value>,
    log_level: Option<Value>,
    progress_token: Option<Value>,
    /// Whether there are members that are not picked.
    has_others: bool,
}

names! {
    /// Members of `_meta`.
    pub(super) enum MetaField {
        ProtocolVersion = "io.modelcontextprotocol/protocolVersion",
        ClientInfo = "io.modelcontextprotocol/clientInfo",
        ClientCapabilities = "io.modelcontextprotocol/clientCapabilities",
        ProgressToken = "progressToken",
        LogLevel = "io.modelcontextprotocol/logLevel",
    }
}

impl Members for MetaFields {
    type Name = MetaField;

    #[inline]
    fn member(&mut self, name: MetaField, scanner: &mut Scanner<'_>) -> Result<bool, Malformed> {
        let place = match name {
            MetaField::ProtocolVersion => &mut self.protocol_version,
            MetaField::ClientInfo => &mut self.client_info,
            MetaField::ClientCapabilities => &mut self.client_capabilities,
            MetaField::ProgressToken => &mut self.progress_token,
            MetaField::LogLevel => &mut self.log_level,
            MetaField::Other => {
                self.has_others = true;
                return scanner.value().map(|_| true);
            }
        };
        Ok(place.replace(scanner.value()?).is_none())
    }
}

impl MetaFields {
    pub(super) const NONE: Self = Self {
        protocol_version: None,
        client_info: None,
        client_capabilities: None,
        log_level: None,
        progress_token: None,
        has_others: false,
    };

    /// Whether the next call may say the same: all is about the client.
    pub(super) fn may_come_again(&self) -> bool {
        self.progress_token.is_none() && !self.has_others
    }

    /// The same fields of an `_meta` that begins at `to`, and began at `from` before.
    #[inline]
    pub(super) fn moved(&self, from: usize, to: usize) -> Self {
        let moved = |value: Value| value.moved(from, to);
        Self {
            protocol_version: self.protocol_version.map(moved),
            client_info: self.client_info.map(moved),
            client_capabilities: self.client_capabilities.map(moved),
            log_level: self.log_level.map(moved),
            progress_token: self.progress_token.map(moved),
            has_others: self.has_others,
        }
    }

    /// What is too long of what is kept, or echoed, as long as a call runs.
    fn fault(&self, json: &[u8]) -> Option<&'static str> {
        let is_long = |value: Option<Value>| value.is_some_and(|value| value.span.len() > CLIENT_BYTES);
        if self.progress_token.is_some_and(|token| is_long_token(json, token)) {
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
    fn read(&self, json: &[u8]) -> Meta {
        if self.shape != Shape::Object {
            return Meta::default();
        }
        let fields = &self.members;
        let version = fields.protocol_version.and_then(|value| text_at(json, value));
        Meta {
            present: true,
            protocol_version_misshapen: version.is_none() && fields.protocol_version.is_some(),
            protocol_version: version,
            client_info: object(fields.client_info),
            client_capabilities: object(fields.client_capabilities),
            // One that is no text is as unknown as any other text that is no level.
            log_level: fields.log_level.map(|value| text_or_nothing(json, value)),
            progress_token: fields.progress_token.filter(|value| is_token(json, *value)).map(|value| value.span),
        }
    }
}

/// The place of an object; `None` for anything else.
fn object(value: Option<Value>) -> Option<Span> {
    value.filter(|value| value.kind == Kind::Object).map(|value| value.span)
}

/// The string that a value is, where it stays in the frame. `None` where it is something else.
// Not in line: it is in many places, and few of them have a text.
#[inline(never)]
fn text_at(json: &[u8], value: Value) -> Option<Text> {
    match value.kind {
        Kind::Plain => Some(Text::Span(value.span.inner())),
        _ => value.string(json).map(Text::Owned),
    }
}

/// A text that only we can have given out. One that is no text was never given out; neither was the empty one, in whose
/// place it is refused.
#[inline(never)]
fn given_out(json: &[u8], value: Value) -> Option<Text> {
    (value.kind != Kind::Null).then(|| text_or_nothing(json, value))
}

#[inline(never)]
fn text_or_nothing(json: &[u8], value: Value) -> Text {
    text_at(json, value).unwrap_or_else(|| Text::Owned("".into()))
}

#[inline(never)]
fn is_token(json: &[u8], value: Value) -> bool {
    match value.kind {
        Kind::Plain | Kind::Escaped => true,
        // A fraction is none; an integer may be written as one.
        Kind::Number => Id::read_bytes(value.json(json)).is_some(),
        _ => false,
    }
}

/// Whether the text or the number of a token has more than 256 bytes.
#[inline(never)]
fn is_long_token(json: &[u8], value: Value) -> bool {
    match value.kind {
        Kind::Plain => value.span.len() > id::LONGEST + 2,
        // Seldom: only what may be too long is decoded.
        Kind::Escaped => value.span.len() > id::LONGEST + 2 && Id::read_bytes(value.json(json)).is_none(),
        Kind::Number => value.span.len() > id::LONGEST,
        _ => false,
    }
}
