//! How far a call has come.

use std::sync::atomic::{AtomicU64, Ordering};

/// The last value reported: values never fall, and the newest revisions want each to be greater than the one before.
#[derive(Debug)]
pub(crate) struct Highest(AtomicU64);

impl Default for Highest {
    fn default() -> Self {
        Self(AtomicU64::new(f64::NEG_INFINITY.to_bits()))
    }
}

impl Highest {
    /// Whether `value` is greater than all before it.
    pub(crate) fn raise(&self, value: f64) -> bool {
        let raised = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |last| {
            (value > f64::from_bits(last)).then(|| value.to_bits())
        });
        raised.is_ok()
    }
}
