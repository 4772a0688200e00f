//! A clock that is cheap to read.

use std::time::Duration;

/// A moment, true to some milliseconds.
///
/// Every call is timed, in case it takes long, and hardly any does. Where the system has a clock that moves only with its own
/// tick, reading that costs a fifth. What is shorter than a tick takes none or one of them, in proportion to its length: over
/// many calls the sum is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Tick(u64);

impl Tick {
    /// Now.
    #[cfg(all(target_os = "linux", any(feature = "stdio", feature = "http", feature = "streams")))]
    pub(crate) fn now() -> Self {
        use rustix::time::{ClockId, clock_gettime};
        let now = clock_gettime(ClockId::MonotonicCoarse);
        // Such clocks begin at zero, go forward, and reach this number after five centuries.
        Self((now.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(now.tv_nsec as u64))
    }

    /// Now.
    #[cfg(not(all(target_os = "linux", any(feature = "stdio", feature = "http", feature = "streams"))))]
    pub(crate) fn now() -> Self {
        use std::sync::LazyLock;
        use std::time::Instant;
        static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
        Self(u64::try_from(FIRST.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    /// How long ago it was.
    pub(crate) fn elapsed(self) -> Duration {
        self.until(Self::now())
    }

    /// The time from this moment to a later one.
    pub(crate) fn until(self, later: Self) -> Duration {
        Duration::from_nanos(later.0.saturating_sub(self.0))
    }

    /// The moment as a number, for an atomic.
    pub(super) fn to_bits(self) -> u64 {
        self.0
    }

    /// The moment of a number that was one.
    pub(super) fn from_bits(bits: u64) -> Self {
        Self(bits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_goes_on() {
        let first = Tick::now();
        // From a moment at which it has just moved.
        while first.elapsed() == Duration::ZERO {
            std::hint::spin_loop();
        }
        let (exact, tick) = (std::time::Instant::now(), Tick::now());
        while tick.elapsed() < Duration::from_millis(20) {
            assert!(exact.elapsed() < Duration::from_secs(60), "it stands still");
            std::hint::spin_loop();
        }
        assert!(exact.elapsed() >= Duration::from_millis(9), "it runs");
    }
}
