//! Who is told of each request when it is over.

use std::fmt;
use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use super::passing::{is_logged, log, shown};
use super::ring::reply::Outcome;
#[cfg(feature = "auth")]
use crate::call::{Decided, Ruled};
use crate::call::{Facts, Principal, contain};

/// A request that is over: who has made it, what it meant, and what became of it.
///
/// Every request is seen once: those that were served, those that were refused before any [layer](crate::layers) (bad JSON, an
/// unknown tool), those that HTTP has refused (a foreign `Origin`, a body that is too large), and those that were cancelled. What a
/// session needs of HTTP is seen as well: its stream and its end, with a status of 200. Only a path at which there is no server
/// has nobody who could see it.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::layers::Seen;
///
/// let server = Server::new("shop").observe(|seen: &Seen<'_>| {
///     if seen.outcome().is_failure() {
///         eprintln!("{:?} {:?}: {} after {:?}", seen.method(), seen.target(), seen.outcome(), seen.duration());
///     }
/// });
/// ```
#[derive(Clone)]
pub struct Seen<'a> {
    pub(crate) facts: &'a Facts,
    pub(crate) method: Option<&'a str>,
    pub(crate) name: Option<&'a str>,
    pub(crate) outcome: Outcome,
    pub(crate) bytes: usize,
    pub(crate) duration: Duration,
    /// The JSON of the arguments, where an observer wants them and there are any.
    #[cfg_attr(not(feature = "auth"), expect(dead_code, reason = "only the audit log wants them"))]
    pub(crate) arguments: Option<&'a str>,
    /// The JSON of the error.
    pub(crate) error: Option<&'a str>,
    /// What was decided of it.
    #[cfg(feature = "auth")]
    pub(crate) ruled: Ruled,
    /// What was decided of the consent that its function needs.
    #[cfg(feature = "auth")]
    pub(crate) consent: Option<Decided>,
}

impl<'a> Seen<'a> {
    /// A request that was answered at once, before anybody could decide on it.
    pub(crate) fn of(facts: &'a Facts, method: Option<&'a str>, outcome: Outcome, bytes: usize) -> Self {
        Self {
            facts,
            method,
            name: None,
            outcome,
            bytes,
            duration: Duration::ZERO,
            arguments: None,
            error: None,
            #[cfg(feature = "auth")]
            consent: None,
            #[cfg(feature = "auth")]
            ruled: match outcome {
                Outcome::Error(_) | Outcome::Status(400..) => Ruled::Refused,
                _ => Ruled::Allowed,
            },
        }
    }
}

impl Seen<'_> {
    /// The method of the protocol, such as `tools/call`; that of HTTP, such as `POST`, where no message was read. `None` for what
    /// was no request at all. The text is the client's: an unknown method may be anything, of which this is at most 128
    /// characters.
    pub fn method(&self) -> Option<&str> {
        self.method
    }

    /// The name of the tool or prompt, or the URI of the resource; the path where HTTP has answered. As the client has sent it,
    /// at most 128 characters of it, known or not.
    pub fn target(&self) -> Option<&str> {
        self.name
    }

    /// Who has made it, as far as that was identified.
    pub fn principal(&self) -> &Principal {
        &self.facts.principal
    }

    /// The address of the client, where the transport knows it: the one that a [trusted proxy](crate::Http::trust_proxy) tells, or
    /// else that of the connection.
    pub fn address(&self) -> Option<IpAddr> {
        self.facts.address
    }

    /// What became of it.
    pub fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The JSON of the error: its code, its message and its data. `None` for results, and where HTTP has answered by itself.
    pub fn error_json(&self) -> Option<&str> {
        self.error
    }

    /// The size of the answer in bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// From when the request was whole until it was answered; nothing for what was refused as it came.
    pub fn duration(&self) -> Duration {
        self.duration
    }
}

impl fmt::Debug for Seen<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Seen")
            .field("method", &self.method)
            .field("target", &self.name)
            .field("outcome", &self.outcome)
            .field("bytes", &self.bytes)
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}

/// A function that is told of each request.
type Observer = dyn Fn(&Seen<'_>) + Send + Sync;

/// All of a server, beside the log. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Observers(Option<Arc<All>>);

#[derive(Default)]
struct All {
    observers: Vec<Box<Observer>>,
    /// Whether one of them wants the arguments.
    with_arguments: bool,
}

impl Observers {
    /// Adds one. Nobody else has them yet.
    pub(crate) fn add(&mut self, observer: impl Fn(&Seen<'_>) + Send + Sync + 'static) {
        if let Some(all) = Arc::get_mut(self.0.get_or_insert_default()) {
            all.observers.push(Box::new(observer));
        }
    }

    /// Adds one that wants the arguments.
    #[cfg(feature = "auth")]
    pub(crate) fn add_with_arguments(&mut self, observer: impl Fn(&Seen<'_>) + Send + Sync + 'static) {
        self.add(observer);
        if let Some(all) = self.0.as_mut().and_then(Arc::get_mut) {
            all.with_arguments = true;
        }
    }

    /// Whether one of them wants the arguments.
    pub(super) fn want_arguments(&self) -> bool {
        self.0.as_ref().is_some_and(|all| all.with_arguments)
    }

    /// Whether anybody looks, the log included.
    #[inline]
    pub(crate) fn is_watched(&self) -> bool {
        self.0.is_some() || is_logged()
    }

    /// A request is over. An observer that panics is reported by the panic hook, and keeps nothing from going on.
    #[cold]
    pub(crate) fn pass(&self, seen: &Seen<'_>) {
        let (method, name) = (seen.method.map(shown), seen.name.map(shown));
        let seen = &Seen { method: method.as_deref(), name: name.as_deref(), ..seen.clone() };
        log(seen);
        for observer in self.0.iter().flat_map(|all| &all.observers) {
            if let Err(payload) = catch_unwind(AssertUnwindSafe(|| observer(seen))) {
                contain(payload);
            }
        }
    }
}

impl fmt::Debug for Observers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observers").field(&self.0.as_ref().map_or(0, |all| all.observers.len())).finish()
    }
}
