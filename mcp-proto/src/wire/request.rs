//! What a decoded message is.

use serde::Deserialize;

use super::error::RpcError;
use super::frame::{Frame, Span};
use super::id::Id;
use super::member::{Member, pick};
use super::method::Method;
use super::reply::write_str;
use super::result::ResultMembers;
use super::text::Text;
use crate::Version;

/// A request: its frame, and where in it the parts stand that every call needs.
#[derive(Clone, Debug)]
pub struct Request {
    pub(crate) frame: Frame,
    /// The id, to be given back.
    pub id: Id,
    /// What is asked for.
    pub method: Method,
    /// Why the request cannot be served, whatever its method is: `params` is no object, has a member twice, or a
    /// part of it is too long.
    pub(crate) fault: Option<&'static str>,
    pub(crate) name: Option<Text>,
    pub(crate) uri: Option<Text>,
    pub(crate) cursor: Option<Text>,
    pub(crate) arguments: Arguments,
    pub(crate) input_responses: Option<Span>,
    pub(crate) request_state: Option<Text>,
    /// What `_meta` says.
    pub meta: Meta,
}

/// The `arguments` member of a request's `params`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Arguments {
    /// Not there, or `null`: an empty object.
    #[default]
    Absent,
    /// An object; its JSON stands here.
    Object(Span),
    /// Something else.
    NotAnObject,
}

/// The parts of `params._meta` that the protocol itself reads.
#[derive(Clone, Debug, Default)]
pub struct Meta {
    /// Whether there was an `_meta` object.
    pub present: bool,
    pub(crate) protocol_version: Option<Text>,
    pub(crate) protocol_version_misshapen: bool,
    pub(crate) client_info: Option<Span>,
    pub(crate) client_capabilities: Option<Span>,
    pub(crate) log_level: Option<Text>,
    pub(crate) progress_token: Option<Span>,
}

impl Request {
    /// The message as it came.
    pub fn frame(&self) -> &Frame {
        &self.frame
    }

    /// `params.name`, where it is a string.
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|text| text.get(&self.frame))
    }

    /// `params.uri`, where it is a string.
    pub fn uri(&self) -> Option<&str> {
        self.uri.as_ref().map(|text| text.get(&self.frame))
    }

    /// `params.cursor`; empty, which no cursor of ours is, where it is not a string.
    pub fn cursor(&self) -> Option<&str> {
        self.cursor.as_ref().map(|text| text.get(&self.frame))
    }

    /// `params.arguments`.
    pub fn arguments(&self) -> Arguments {
        self.arguments
    }

    /// The JSON of `params.arguments`: an object, `{}` where nothing was sent.
    pub fn arguments_json(&self) -> &str {
        match self.arguments {
            Arguments::Object(span) => self.frame.text(span),
            Arguments::Absent | Arguments::NotAnObject => "{}",
        }
    }

    /// The JSON of `params.inputResponses`: the answers to what was asked in an earlier round (`basic/patterns/mrtr`). It should
    /// be an object.
    pub fn input_responses(&self) -> Option<&str> {
        self.input_responses.map(|span| self.frame.text(span))
    }

    /// `params.requestState`, as an earlier round gave it out; empty, which none of ours is, where it is not a string.
    pub fn request_state(&self) -> Option<&str> {
        self.request_state.as_ref().map(|text| text.get(&self.frame))
    }

    /// The protocol version that `_meta` names.
    pub fn protocol_version(&self) -> Option<&str> {
        let version = self.meta.protocol_version.as_ref()?;
        // Nearly all name the newest.
        let newest = Version::LATEST.as_str();
        Some(if version.bytes(&self.frame) == newest.as_bytes() { newest } else { version.get(&self.frame) })
    }

    /// The client's self-description in `_meta`, as JSON.
    pub fn client_info(&self) -> Option<&str> {
        self.meta.client_info.map(|span| self.frame.text(span))
    }

    /// The client's capabilities in `_meta`, as JSON.
    pub fn client_capabilities(&self) -> Option<&str> {
        self.meta.client_capabilities.map(|span| self.frame.text(span))
    }

    /// The log level that `_meta` asks for.
    pub fn log_level(&self) -> Option<&str> {
        self.meta.log_level.as_ref().map(|text| text.get(&self.frame))
    }

    /// The progress token as JSON, a string or an integer.
    pub fn progress_token(&self) -> Option<&str> {
        self.meta.progress_token.map(|span| self.frame.text(span))
    }

    /// Reads the whole of `params` as a `T`, for the methods that are not worth a place in [`Request`].
    ///
    /// # Errors
    /// `-32602` with serde's words where it does not fit.
    pub fn params<'a, T: Deserialize<'a>>(&'a self) -> Result<T, RpcError> {
        params(&self.frame)
    }

    /// `params` as JSON text, `None` where there is none.
    pub fn params_json(&self) -> Option<&str> {
        params_json(&self.frame).ok().flatten()
    }

    /// `params._meta` as JSON text.
    pub fn meta_json(&self) -> Option<&str> {
        if !self.meta.present {
            return None;
        }
        let [meta] = pick(self.params_json()?, ["_meta"])?;
        meta.filter(|meta| !meta.is_null()).map(Member::json)
    }
}

/// A notification.
#[derive(Clone, Debug)]
pub struct Notification {
    pub(crate) frame: Frame,
    /// Its method.
    pub method: Box<str>,
}

impl Notification {
    /// `params` as JSON text, `None` where there is none.
    pub fn params_json(&self) -> Option<&str> {
        params_json(&self.frame).ok().flatten()
    }

    /// Reads `params` as a `T`.
    ///
    /// # Errors
    /// `-32602` where it does not fit; there is nobody to send it to.
    pub fn params<'a, T: Deserialize<'a>>(&'a self) -> Result<T, RpcError> {
        params(&self.frame)
    }
}

/// An answer to a request of ours.
#[derive(Clone, Debug)]
pub struct Response {
    pub(crate) frame: Frame,
    /// The id we gave the request. `None` where an error names none.
    pub id: Option<Id>,
    pub(crate) outcome: Outcome,
    pub(crate) members: ResultMembers,
}

/// How a request of ours has ended.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    Result(Span),
    Error(Span),
    /// The answer cannot be read; the JSON of an error that says so.
    Unreadable(Box<str>),
}

impl Response {
    /// What stands for an answer that came and cannot be read.
    pub(crate) fn unreadable(id: Id, why: &RpcError) -> Self {
        let mut json = format!(r#"{{"code":{},"message":"#, why.code.0).into_bytes();
        write_str(&mut json, &why.message);
        json.push(b'}');
        // Written from a number and a text.
        let json = String::from_utf8(json).unwrap_or_default();
        Self {
            frame: Frame::default(),
            id: Some(id),
            outcome: Outcome::Unreadable(json.into()),
            members: ResultMembers::default(),
        }
    }

    /// The JSON of `result`, or of `error`.
    ///
    /// # Errors
    /// The JSON of `error`; where the answer could not be read, that of an error that says so.
    pub fn outcome(&self) -> Result<&str, &str> {
        match &self.outcome {
            Outcome::Result(span) => Ok(self.frame.text(*span)),
            Outcome::Error(span) => Err(self.frame.text(*span)),
            Outcome::Unreadable(error) => Err(error),
        }
    }

    /// Whether the answer is a result, and not an error.
    pub fn is_result(&self) -> bool {
        matches!(self.outcome, Outcome::Result(_))
    }

    /// The JSON of the member `content` of the result.
    pub fn content(&self) -> Option<&str> {
        self.members.content.map(|span| self.frame.text(span))
    }

    /// The JSON of the member `structuredContent` of the result, unless it is `null`.
    pub fn structured(&self) -> Option<&str> {
        self.members.structured.map(|span| self.frame.text(span))
    }

    /// Whether the result says `isError`.
    pub fn is_error(&self) -> bool {
        self.members.is_error
    }

    /// Whether the result is a question (2026-07-28, `basic/patterns/mrtr`).
    pub fn asks(&self) -> bool {
        self.members.asks
    }
}

/// JSON that is no message, or no JSON at all.
#[derive(Clone, Debug)]
pub struct Invalid {
    /// The id to answer, where it could be read: the sender's own, never that of a request of ours.
    pub id: Option<Id>,
    /// The request of ours that it may answer: there is no `method`.
    pub(crate) answers: Option<Box<Id>>,
    /// What to answer.
    pub error: RpcError,
}

/// `params` as JSON text.
///
/// # Errors
/// They are given twice.
fn params_json(frame: &Frame) -> Result<Option<&str>, RpcError> {
    let [params] = std::str::from_utf8(frame.bytes())
        .ok()
        .and_then(|json| pick(json, ["params"]))
        .ok_or_else(|| RpcError::invalid_params("Invalid params: given twice"))?;
    Ok(params.filter(|params| !params.is_null()).map(Member::json))
}

fn params<'a, T: Deserialize<'a>>(frame: &'a Frame) -> Result<T, RpcError> {
    serde_json::from_str(params_json(frame)?.unwrap_or("{}")).map_err(|error| {
        let text = error.to_string();
        let text = text.split(" at line ").next().unwrap_or_default();
        RpcError::invalid_params(format!("Invalid params: {text}"))
    })
}
