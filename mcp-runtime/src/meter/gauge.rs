//! How many of something there are right now.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

/// How many of something there are right now, and how many there were: sessions, connections, streams.
#[derive(Debug, Default)]
pub(crate) struct Gauge(Arc<AtomicU64>);

/// One of what a [`Gauge`] counts, until it is dropped.
#[derive(Debug)]
pub(crate) struct Held(#[expect(dead_code, reason = "it counts by being there")] Arc<AtomicU64>);

/// The gauge of somebody else, who may be gone.
#[derive(Debug)]
pub(super) struct Other(Weak<AtomicU64>);

impl Gauge {
    /// There is one more.
    pub(crate) fn hold(&self) -> Held {
        self.0.fetch_add(1, Ordering::Relaxed);
        Held(Arc::clone(&self.0))
    }

    /// How many there are.
    pub(crate) fn now(&self) -> u64 {
        // All but the gauge itself.
        Arc::strong_count(&self.0) as u64 - 1
    }

    /// How many there were in all.
    pub(crate) fn ever(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }

    #[cfg(feature = "http")]
    pub(super) fn seen_by_others(&self) -> Other {
        Other(Arc::downgrade(&self.0))
    }
}

impl Other {
    #[cfg(feature = "http")]
    pub(super) fn is_gone(&self) -> bool {
        self.0.strong_count() == 0
    }

    pub(super) fn now(&self) -> u64 {
        (self.0.strong_count() as u64).saturating_sub(1)
    }
}
