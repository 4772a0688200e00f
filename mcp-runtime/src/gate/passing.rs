//! A call on its way through the gate, and the line in the log for each request: `RUST_LOG=mcp_runtime::gate=debug`. While nobody
//! wants it, and there is no observer, a request costs two loads.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use mcp_proto::wire::{Member, Method, Reply, Request, pick};
use tracing::callsite::{DefaultCallsite, Identifier};
use tracing::field::FieldSet;
use tracing::metadata::Kind;
use tracing::{Level, Metadata};

use super::observer::{Observers, Seen};
use super::ring::reply::Outcome;
use crate::call::Facts;
#[cfg(feature = "auth")]
use crate::call::{Ruled, Ruling};
use crate::log::may_be_wanted;

/// The target of the log lines.
const TARGET: &str = "mcp_runtime::gate";

/// The most characters of a method or a name that are shown.
const SHOWN: usize = 128;

/// What a subscriber is asked: whether it wants any of the lines.
static ANY: DefaultCallsite = DefaultCallsite::new(&ANY_LINE);

static ANY_LINE: Metadata<'static> =
    Metadata::new("request", TARGET, Level::DEBUG, None, None, None, FieldSet::new(&[], Identifier(&ANY)), Kind::EVENT);

/// Whether the log wants the lines.
#[inline]
pub(super) fn is_logged() -> bool {
    may_be_wanted(&ANY)
}

/// A request is over.
pub(super) fn log(seen: &Seen<'_>) {
    let Seen { facts, method, name, outcome, bytes, duration, .. } = seen;
    tracing::debug!(
        target: TARGET,
        method,
        name,
        principal = facts.principal.subject(),
        outcome = %outcome,
        bytes,
        duration = ?duration,
        address = facts.address.map(tracing::field::display),
        "request"
    );
}

/// A text from outside, no longer than a line should be.
pub(crate) fn shown(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]).into(),
        None => text.into(),
    }
}

/// A call on its way through the gate. It was cancelled if it is dropped before it is answered.
pub(crate) struct Passing {
    observers: Observers,
    facts: Arc<Facts>,
    method: Box<str>,
    name: Option<Box<str>>,
    /// The request, where its arguments are wanted.
    request: Option<Box<Request>>,
    #[cfg(feature = "auth")]
    ruling: Option<Ruling>,
    began: Instant,
    is_over: bool,
}

impl Passing {
    /// A request of this caller, which is whole now. `None` where nobody looks.
    #[inline]
    pub(crate) fn begin(observers: &Observers, request: &Request, facts: &Arc<Facts>) -> Option<Box<Self>> {
        if observers.is_watched() { Some(Self::of(observers, request, facts)) } else { None }
    }

    #[cold]
    fn of(observers: &Observers, request: &Request, facts: &Arc<Facts>) -> Box<Self> {
        let name = request.name().or_else(|| request.uri());
        Box::new(Self {
            observers: observers.clone(),
            facts: Arc::clone(facts),
            method: shown(request.method.as_str()).into(),
            name: name.map(|name| shown(name).into()),
            request: observers.want_arguments().then(|| Box::new(request.clone())),
            #[cfg(feature = "auth")]
            ruling: observers.want_arguments().then(Ruling::default),
            began: Instant::now(),
            is_over: false,
        })
    }

    /// Where is to be noted what is decided of it, if anybody wants to know.
    #[cfg(feature = "auth")]
    pub(crate) fn ruling(&self) -> Option<Ruling> {
        self.ruling.clone()
    }

    /// It is refused before anybody could decide on it.
    #[cfg(feature = "http")]
    pub(crate) fn refuse(&mut self, reply: &Reply) {
        #[cfg(feature = "auth")]
        self.ruling.iter().for_each(|ruling| ruling.set(Ruled::Refused));
        self.end(reply);
    }

    /// It is answered.
    #[cold]
    pub(crate) fn end(&mut self, reply: &Reply) {
        self.is_over = true;
        let outcome = reply.kind().into();
        let error = matches!(outcome, Outcome::Error(_)).then(|| error_of(reply)).flatten();
        self.pass(outcome, reply.bytes().len(), error);
    }

    fn pass(&self, outcome: Outcome, bytes: usize, error: Option<&str>) {
        let has_arguments = |request: &&Request| matches!(request.method, Method::ToolsCall | Method::PromptsGet);
        self.observers.pass(&Seen {
            name: self.name.as_deref(),
            duration: self.began.elapsed(),
            arguments: self.request.as_deref().filter(has_arguments).map(Request::arguments_json),
            #[cfg(feature = "auth")]
            ruled: self.ruling.as_ref().map_or(Ruled::Allowed, Ruling::get),
            #[cfg(feature = "auth")]
            consent: self.ruling.as_ref().and_then(Ruling::consent),
            error,
            ..Seen::of(&self.facts, Some(&self.method), outcome, bytes)
        });
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if !self.is_over {
            self.pass(Outcome::Cancelled, 0, None);
        }
    }
}

/// The JSON of an error.
fn error_of(reply: &Reply) -> Option<&str> {
    let [error] = pick(std::str::from_utf8(reply.bytes()).ok()?, ["error"])?;
    error.map(Member::json)
}
