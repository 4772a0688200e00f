//! The counters of one function, or of one method of the protocol.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, SystemTime};

use super::ending::Ending;
use super::tick::Tick;

/// The upper bounds of the histogram of durations, in milliseconds: those that the semantic conventions of OpenTelemetry have
/// for `mcp.server.operation.duration`. The first is more than a tick of the clock.
pub(crate) const BOUNDS: [u64; 14] =
    [10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 30_000, 60_000, 120_000, 300_000];

/// The counters of one function, or of one method of the protocol.
///
/// Of a call that is over within a tick two numbers change at its end: the first bucket and the calls in flight are what the
/// other numbers leave.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    begun: AtomicU64,
    /// When the last call began; zero before the first.
    last: AtomicU64,
    endings: [AtomicU64; Ending::ALL.len()],
    /// What was answered.
    bytes: AtomicU64,
    nanoseconds: AtomicU64,
    /// Those that took longer than each of the bounds, and no longer than the next.
    longer: [AtomicU64; BOUNDS.len()],
    panics: AtomicU64,
    timeouts: AtomicU64,
    denials: AtomicU64,
}

impl Counters {
    /// A call begins. It has to end, in one way or the other.
    #[inline]
    pub(crate) fn begin(&self) -> Tick {
        let now = Tick::now();
        self.begun.fetch_add(1, Relaxed);
        self.last.store(now.to_bits(), Relaxed);
        now
    }

    /// A call that began then has ended, with an answer of so many bytes.
    #[inline]
    pub(crate) fn end(&self, began: Tick, ending: Ending, bytes: usize) {
        let now = Tick::now();
        self.endings[ending as usize].fetch_add(1, Relaxed);
        self.bytes.fetch_add(bytes as u64, Relaxed);
        if now != began {
            self.took(began.until(now));
        }
    }

    /// A request was answered at once, without a call.
    #[cold]
    pub(crate) fn answered(&self, ending: Ending, bytes: usize) {
        let now = self.begin();
        self.end(now, ending, bytes);
    }

    #[cold]
    fn took(&self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        self.nanoseconds.fetch_add(nanoseconds, Relaxed);
        let above = BOUNDS.iter().take_while(|bound| nanoseconds > **bound * 1_000_000).count();
        if let Some(above) = above.checked_sub(1) {
            self.longer[above].fetch_add(1, Relaxed);
        }
    }

    /// A call has panicked.
    #[cold]
    pub(crate) fn panicked(&self) {
        self.panics.fetch_add(1, Relaxed);
    }

    /// A caller may not do what was asked for.
    #[cold]
    pub(crate) fn denied(&self) {
        self.denials.fetch_add(1, Relaxed);
    }

    /// A call has timed out.
    #[cold]
    pub(crate) fn timed_out(&self) {
        self.timeouts.fetch_add(1, Relaxed);
    }
}

/// What counters have counted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Count {
    pub(crate) in_flight: u64,
    pub(crate) last: Option<SystemTime>,
    pub(crate) endings: [u64; Ending::ALL.len()],
    pub(crate) bytes: u64,
    /// Of the calls that have ended.
    pub(crate) duration: Duration,
    /// Those that took no longer than each of the bounds, and longer than the one before; at last those that took longer.
    pub(crate) buckets: [u64; BOUNDS.len() + 1],
    pub(crate) panics: u64,
    pub(crate) timeouts: u64,
    pub(crate) denials: u64,
}

impl From<&Counters> for Count {
    #[inline(never)]
    fn from(counters: &Counters) -> Self {
        let longer = counters.longer.each_ref().map(|longer| longer.load(Relaxed));
        let endings = counters.endings.each_ref().map(|ending| ending.load(Relaxed));
        let ended: u64 = endings.iter().sum();
        // Calls may end meanwhile: what is read later is no less than what it was.
        let begun = counters.begun.load(Relaxed);
        let mut buckets = [0; BOUNDS.len() + 1];
        buckets[0] = ended.saturating_sub(longer.iter().sum());
        buckets[1..].copy_from_slice(&longer);
        let last = Some(counters.last.load(Relaxed)).filter(|last| *last > 0);
        Self {
            in_flight: begun.saturating_sub(ended),
            last: last.and_then(|last| SystemTime::now().checked_sub(Tick::from_bits(last).elapsed())),
            endings,
            bytes: counters.bytes.load(Relaxed),
            duration: Duration::from_nanos(counters.nanoseconds.load(Relaxed)),
            buckets,
            panics: counters.panics.load(Relaxed),
            timeouts: counters.timeouts.load(Relaxed),
            denials: counters.denials.load(Relaxed),
        }
    }
}

impl Count {
    /// The calls that have ended.
    pub(crate) fn ended(&self) -> u64 {
        self.endings.iter().sum()
    }

    /// Whether there never was a call.
    pub(crate) fn is_unused(&self) -> bool {
        self.ended() + self.in_flight + self.denials == 0
    }

    /// The calls that have failed, by how they did.
    pub(crate) fn errors(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let counted = Ending::ALL.into_iter().zip(self.endings);
        counted.filter(|(_, count)| *count > 0).filter_map(|(ending, count)| Some((ending.error_type()?, count)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_in_the_bucket_whose_bound_it_does_not_exceed() {
        let counters = Counters::default();
        let milliseconds = [0, 1, 10, 11, 20, 99, 100, 101, 299_999, 300_000, 300_001, u64::MAX / 1_000_000];
        for took in milliseconds {
            let began = counters.begin();
            counters.end(began, Ending::Result, 2);
            counters.took(Duration::from_millis(took));
        }
        let count = Count::from(&counters);
        assert_eq!(count.buckets, [3, 2, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2]);
        assert_eq!((count.ended(), count.bytes, count.in_flight), (12, 24, 0));
    }

    #[test]
    fn what_has_begun_and_not_ended_is_in_flight() {
        let counters = Counters::default();
        assert!(Count::from(&counters).is_unused() && Count::from(&counters).last.is_none());
        let began = counters.begin();
        counters.begin();
        counters.end(began, Ending::ToolError, 0);
        counters.answered(Ending::Cancelled, 0);
        let count = Count::from(&counters);
        assert_eq!(count.in_flight, 1);
        assert_eq!(count.errors().collect::<Vec<_>>(), [("tool_error", 1), ("cancelled", 1)]);
        assert!(count.last.is_some_and(|last| last <= SystemTime::now()));
    }
}
