//! A call on its way through the gate, and the line in the log for each request: `RUST_LOG=mcp_runtime::gate=debug`. While nobody
//! wants it, and there is no observer, a request costs two loads.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use mcp_proto::wire::{Reply, Request};
use tracing::callsite::{DefaultCallsite, Identifier};
use tracing::field::FieldSet;
use tracing::level_filters::LevelFilter;
use tracing::metadata::Kind;
use tracing::{Level, Metadata};

use super::observer::{Observers, Seen};
use super::ring::reply::Outcome;
use crate::call::Facts;

/// The target of the log lines.
const TARGET: &str = "mcp_runtime::gate";

/// The most bytes of a method or a name that are shown.
const SHOWN: usize = 128;

/// What a subscriber is asked: whether it wants any of the lines. Asking for one without logging it (`tracing::enabled!`) would
/// leave filters of single layers as if the next span or event were that line.
static ANY: DefaultCallsite = DefaultCallsite::new(&ANY_LINE);

static ANY_LINE: Metadata<'static> =
    Metadata::new("request", TARGET, Level::DEBUG, None, None, None, FieldSet::new(&[], Identifier(&ANY)), Kind::EVENT);

/// Whether the log wants the lines.
#[inline]
pub(super) fn is_logged() -> bool {
    LevelFilter::current() >= Level::DEBUG && !ANY.interest().is_never()
}

/// A request is over.
pub(super) fn log(seen: &Seen<'_>) {
    let Seen { facts, method, name, outcome, bytes, duration } = seen;
    tracing::debug!(
        target: TARGET,
        method = method.map(shown).as_deref(),
        name = name.map(shown).as_deref(),
        principal = facts.principal.subject(),
        outcome = %outcome,
        bytes,
        duration = ?duration,
        "request"
    );
}

/// A text from outside, no longer than a line should be.
fn shown(text: &str) -> Cow<'_, str> {
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
            began: Instant::now(),
            is_over: false,
        })
    }

    /// It is answered.
    #[cold]
    pub(crate) fn end(&mut self, reply: &Reply) {
        self.is_over = true;
        self.pass(reply.kind().into(), reply.bytes().len());
    }

    fn pass(&self, outcome: Outcome, bytes: usize) {
        self.observers.pass(&Seen {
            facts: &self.facts,
            method: Some(&self.method),
            name: self.name.as_deref(),
            outcome,
            bytes,
            duration: self.began.elapsed(),
        });
    }
}

impl Drop for Passing {
    fn drop(&mut self) {
        if !self.is_over {
            self.pass(Outcome::Cancelled, 0);
        }
    }
}
