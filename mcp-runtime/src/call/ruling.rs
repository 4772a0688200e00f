//! What was decided of a request, for the audit log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use super::consent::Decided;
use crate::lock::Lock;

/// Whether a caller may have what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ruled {
    /// Nothing has spoken against it.
    Allowed,
    /// The caller may not have it.
    Denied,
    /// Nobody can have it: it does not exist, or it was not asked for as it has to be.
    Refused,
}

/// What was decided of one request. It is written where that is decided, and read when the request is over.
#[derive(Clone, Debug, Default)]
pub(crate) struct Ruling(Arc<Noted>);

#[derive(Debug, Default)]
struct Noted {
    ruled: AtomicU8,
    /// What a person has said, where one was to be asked.
    consent: Lock<Option<Decided>>,
}

impl Ruling {
    pub(crate) fn set(&self, ruled: Ruled) {
        self.0.ruled.store(ruled as u8, Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> Ruled {
        let ruled = self.0.ruled.load(Ordering::Relaxed);
        [Ruled::Denied, Ruled::Refused].into_iter().find(|one| *one as u8 == ruled).unwrap_or(Ruled::Allowed)
    }

    /// Notes what was decided of the consent that its function needs.
    pub(crate) fn set_consent(&self, decided: Decided) {
        if let Decided::Denied(_) = decided {
            self.set(Ruled::Denied);
        }
        *self.0.consent.lock() = Some(decided);
    }

    pub(crate) fn consent(&self) -> Option<Decided> {
        self.0.consent.lock().clone()
    }
}
