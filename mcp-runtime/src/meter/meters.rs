//! What one server counts beside the calls of its functions.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use mcp_proto::wire::Method;

use super::counters::Counters;
use super::gauge::{Gauge, Other};
use super::tick::Tick;
use crate::lock::Lock;

/// What one server counts beside the calls of its functions.
#[derive(Debug)]
pub(crate) struct Meters {
    began: Tick,
    /// Requests that no function serves, by their method: lists, discovery, names that nothing has. Methods that the protocol does
    /// not have share the last place, because anybody can make up more of them.
    methods: [Counters; Method::KNOWN.len() + 1],
    events: [AtomicU64; Event::ALL.len()],
    /// Requests that HTTP refused by itself, by their status.
    statuses: [AtomicU64; STATUSES.len()],
    /// How many connections have come to each state.
    connection_states: [AtomicU64; CONNECTION_STATES.len()],
    /// Sessions on HTTP.
    pub(crate) sessions: Gauge,
    /// Streams of events on HTTP.
    pub(crate) streams: Gauge,
    /// Connections on standard streams.
    #[cfg_attr(not(feature = "stdio"), allow(dead_code))] // Then there are none.
    pub(crate) stdio: Gauge,
    /// Connections on transports of the program's own.
    #[cfg_attr(not(feature = "streams"), allow(dead_code))] // Then there are none.
    pub(crate) own: Gauge,
    /// Connections in memory.
    pub(crate) memory: Gauge,
    /// The connections of the listeners that serve it.
    listeners: Lock<Vec<Other>>,
}

/// The states of connections.
pub(crate) const CONNECTION_STATES: [&str; 6] =
    ["connecting", "initializing", "connected", "disconnecting", "closed", "failed"];

/// The statuses that are told apart. All others are counted as the last.
const STATUSES: [u16; 14] = [400, 401, 403, 404, 405, 406, 408, 409, 413, 415, 429, 431, 503, 500];

/// Something that is counted once for the whole server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A cache had the answer.
    CacheHit,
    /// A cache did not have it.
    CacheMiss,
    /// A limit has refused a call: one of rate, of concurrency, a breaker.
    Limited,
    /// A call was made again.
    Retried,
}

impl Event {
    pub(crate) const ALL: [Self; 4] = [Self::CacheHit, Self::CacheMiss, Self::Limited, Self::Retried];
}

impl Meters {
    /// Something has happened.
    #[cfg(feature = "layers")]
    pub(crate) fn count(&self, event: Event) {
        self.events[event as usize].fetch_add(1, Relaxed);
    }

    /// How often it has.
    pub(crate) fn counted(&self, event: Event) -> u64 {
        self.events[event as usize].load(Relaxed)
    }

    /// The counters of requests that no function serves.
    #[inline]
    pub(crate) fn of(&self, method: &Method) -> &Counters {
        &self.methods[method.place()]
    }

    /// All of those, with their methods; `None` for those that the protocol does not have.
    pub(crate) fn methods(&self) -> impl Iterator<Item = (Option<&'static Method>, &Counters)> {
        static KNOWN: [Method; Method::KNOWN.len()] = Method::KNOWN;
        KNOWN.iter().map(Some).chain([None]).zip(&self.methods)
    }

    /// HTTP has refused a request by itself.
    #[cfg(feature = "http")]
    pub(crate) fn refused(&self, status: u16) {
        let place = STATUSES.iter().position(|one| *one == status).unwrap_or(STATUSES.len() - 1);
        self.statuses[place].fetch_add(1, Relaxed);
    }

    /// How often it did, by the status.
    pub(crate) fn statuses(&self) -> impl Iterator<Item = (u16, u64)> {
        STATUSES.into_iter().zip(self.statuses.iter().map(|count| count.load(Relaxed)))
    }

    /// A connection is in this state.
    pub(crate) fn connection_is(&self, state: usize) {
        self.connection_states[state].fetch_add(1, Relaxed);
    }

    /// How many connections have come to each state.
    pub(crate) fn connection_states(&self) -> impl Iterator<Item = (&'static str, u64)> {
        CONNECTION_STATES.into_iter().zip(self.connection_states.iter().map(|count| count.load(Relaxed)))
    }

    /// A listener serves it, with these connections.
    #[cfg(feature = "http")]
    pub(crate) fn listens(&self, connections: &Gauge) {
        let mut listeners = self.listeners.lock();
        listeners.retain(|listener| !listener.is_gone());
        listeners.push(connections.seen_by_others());
    }

    /// How many connections there are on each transport.
    pub(crate) fn connections(&self) -> [(&'static str, u64); 4] {
        let of_listeners = self.listeners.lock().iter().map(Other::now).sum();
        [("stdio", self.stdio.now()), ("http", of_listeners), ("memory", self.memory.now()), ("own", self.own.now())]
    }

    /// Since when it counts.
    pub(crate) fn began(&self) -> Tick {
        self.began
    }
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            began: Tick::now(),
            methods: Default::default(),
            events: Default::default(),
            statuses: Default::default(),
            connection_states: Default::default(),
            sessions: Gauge::default(),
            streams: Gauge::default(),
            stdio: Gauge::default(),
            own: Gauge::default(),
            memory: Gauge::default(),
            listeners: Lock::default(),
        }
    }
}
