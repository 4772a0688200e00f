//! The members of a message.

use super::super::error::RpcError;
use super::super::frame::Frame;
use super::super::id::Id;
use super::super::method::Method;
use super::super::names::names;
use super::super::request::{Invalid, Notification, Outcome, Response};
use super::super::result::ResultMembers;
use super::super::scan::{Malformed, Scanner};
use super::super::value::Value;
use super::object::{Members, Object, Shape};
use super::params::Params;
use super::{Message, invalid};

/// What was found in a message: values, and where they stand.
#[derive(Default)]
pub(super) struct Envelope {
    jsonrpc: Option<Value>,
    id: Option<Value>,
    method: Option<Value>,
    params: Object<Params>,
    result: Option<Value>,
    error: Option<Value>,
    of_result: ResultMembers,
}

names! {
    /// Members of a message.
    pub(super) enum Part {
        Jsonrpc = "jsonrpc",
        Id = "id",
        Method = "method",
        Params = "params",
        Result = "result",
        Error = "error",
    }
}

impl Members for Envelope {
    type Name = Part;

    #[inline]
    fn member(&mut self, name: Part, scanner: &mut Scanner<'_>) -> Result<bool, Malformed> {
        let place = match name {
            Part::Jsonrpc => &mut self.jsonrpc,
            Part::Id => &mut self.id,
            Part::Method => &mut self.method,
            Part::Params => return self.params.walk(scanner),
            Part::Result => return Ok(self.result.replace(self.of_result.walk(scanner)?).is_none()),
            Part::Error => &mut self.error,
            Part::Other => return scanner.value().map(|_| true),
        };
        Ok(place.replace(scanner.mostly_string()?).is_none())
    }
}

impl Object<Envelope> {
    /// Walks over a message, the bytes of a text.
    #[inline]
    pub(super) fn read(&mut self, json: &[u8]) -> Result<(), Malformed> {
        let mut scanner = Scanner::over(json);
        self.walk(&mut scanner)?;
        scanner.end()
    }

    /// The message, or the error that answers it.
    #[inline]
    pub(super) fn message(&self, frame: Frame) -> Message {
        if self.shape != Shape::Object {
            return invalid(None, "a message is a JSON object");
        }
        let Envelope { jsonrpc, id, method, ref params, result, error, of_result } = self.members;
        let json = frame.bytes();
        // `null` stands for "no id" in an error answer; in a request it is one of the wrong ids.
        let read_id = id.and_then(|id| Id::read_bytes(id.json(json)));
        if jsonrpc.map(|value| value.json(json)) != Some(br#""2.0""#) {
            let why = r#"`jsonrpc` must be "2.0""#;
            return if method.is_none() { bad_response(read_id, result.or(error), why) } else { invalid(read_id, why) };
        }
        if self.is_ambiguous {
            return invalid(read_id, "a member is there twice");
        }
        let Some(method) = method else { return response(frame, read_id, result, error, of_result) };
        let known = method.plain(json).filter(|_| id.is_some()).and_then(Method::known);
        let Some(method) = known.or_else(|| other_method(json, method)) else {
            return invalid(read_id, "`method` must be a string");
        };
        match (id, read_id) {
            (Some(_), Some(id)) => Message::Request(params.request(frame, id, method)),
            (Some(_), None) => invalid(None, "`id` must be a string of at most 256 bytes, or an integer of 64 bits"),
            (None, _) => {
                let method = method.into_name();
                Message::Notification(Notification { frame, method })
            }
        }
    }
}

/// A method that we do not serve ourselves, that is written with escapes, or that is a notification's.
#[inline(never)]
fn other_method(json: &[u8], method: Value) -> Option<Method> {
    method.string(json).map(|name| Method::parse(&name))
}

fn response(
    frame: Frame,
    id: Option<Id>,
    result: Option<Value>,
    error: Option<Value>,
    members: ResultMembers,
) -> Message {
    let outcome = match (result, error) {
        (Some(result), None) => Outcome::Result(result.span),
        (None, Some(error)) => Outcome::Error(error.span),
        _ => return bad_response(id, result, "neither a `method` nor exactly one of `result` and `error`"),
    };
    Message::Response(Response { frame, id, outcome, members })
}

/// An answer that cannot be read. Its id is ours: under the same one the sender may have a request of its own in flight. But
/// what has no `result` and no `error` may be a request that lacks its method; then the id is the sender's.
#[cold]
fn bad_response(id: Option<Id>, outcome: Option<Value>, why: &str) -> Message {
    let error = RpcError::invalid_request(format!("Invalid request: {why}"));
    Message::Invalid(Invalid { id: id.clone().filter(|_| outcome.is_none()), answers: id.map(Box::new), error })
}
