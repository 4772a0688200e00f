//! What a call has failed with.

use std::sync::atomic::{AtomicU8, Ordering};

/// The kind of the last error, as a number; 0 for none.
#[derive(Debug, Default)]
pub(crate) struct Failed(AtomicU8);

impl Failed {
    /// Notes an error of this kind, or, with 0, that there is none.
    pub(crate) fn set(&self, kind: u8) {
        self.0.store(kind, Ordering::Relaxed);
    }

    /// The kind of the last error.
    pub(crate) fn get(&self) -> u8 {
        self.0.load(Ordering::Relaxed)
    }
}
