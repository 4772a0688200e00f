//! A clock for what is long.

use std::time::Duration;

/// A moment, true to some milliseconds.
///
/// Every call is timed, in case it takes long, and hardly any does. Where the system has a clock that moves only with its
/// own tick, reading that costs a fifth.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tick(Moment);

#[cfg(all(target_os = "linux", feature = "stdio"))]
type Moment = Duration;

#[cfg(not(all(target_os = "linux", feature = "stdio")))]
type Moment = std::time::Instant;

impl Tick {
    /// Now.
    #[cfg(all(target_os = "linux", feature = "stdio"))]
    pub(crate) fn now() -> Self {
        use rustix::time::{ClockId, clock_gettime};
        let now = clock_gettime(ClockId::MonotonicCoarse);
        // Such clocks begin at zero, and go forward.
        Self(Duration::try_from(now).unwrap_or_default())
    }

    /// Now.
    #[cfg(not(all(target_os = "linux", feature = "stdio")))]
    pub(crate) fn now() -> Self {
        Self(Moment::now())
    }

    /// How long ago it was.
    #[cfg(all(target_os = "linux", feature = "stdio"))]
    pub(crate) fn elapsed(self) -> Duration {
        Self::now().0.saturating_sub(self.0)
    }

    /// How long ago it was.
    #[cfg(not(all(target_os = "linux", feature = "stdio")))]
    pub(crate) fn elapsed(self) -> Duration {
        self.0.elapsed()
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
