//! When a request is sent again, and how long is waited before.

use std::time::Duration;

use super::error::ClientError;

/// When a request that has failed with its connection is sent again.
///
/// By default five times: requests that have not left, and those that do no more when they run twice (lists, reads, prompts,
/// completion, and tools whose hints say `readOnlyHint` or `idempotentHint`, once [`Client::tools`](super::Client::tools) or
/// [`Client::tool_pages`](super::Client::tool_pages) has listed them; [`Call::repeatable`](super::Call::repeatable) says it for
/// one call). What a server has answered, with an error too, is never asked again.
///
/// ```
/// use std::time::Duration;
///
/// use mcp_runtime::client::Retry;
///
/// let patient = Retry::times(10).backoff(Duration::from_millis(50), Duration::from_secs(5));
/// let never = Retry::never();
/// # let _ = (patient, never);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Retry {
    count: u32,
    first: Duration,
    longest: Duration,
    what: What,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum What {
    Unsent,
    Repeatable,
    All,
}

impl Default for Retry {
    fn default() -> Self {
        Self::times(5)
    }
}

impl Retry {
    /// So often at most.
    pub fn times(count: u32) -> Self {
        Self { count, first: Duration::from_millis(100), longest: Duration::from_secs(2), what: What::Repeatable }
    }

    /// Not at all.
    pub fn never() -> Self {
        Self::times(0)
    }

    /// How long is waited before the second time, and at most; in between the time doubles. Each wait is shortened by chance to
    /// between a half and all of it, so that many clients do not come back at once.
    #[must_use]
    pub fn backoff(mut self, first: Duration, longest: Duration) -> Self {
        (self.first, self.longest) = (first, longest);
        self
    }

    /// Only requests that have not left.
    #[must_use]
    pub fn only_unsent(mut self) -> Self {
        self.what = What::Unsent;
        self
    }

    /// Every request, those that may have run too: for servers of which you know that nothing happens twice.
    #[must_use]
    pub fn everything(mut self) -> Self {
        self.what = What::All;
        self
    }

    /// How long to wait before a request is sent again that has failed so often; nothing where it is not.
    pub(super) fn after(&self, failures: u32, error: &ClientError, is_repeatable: bool) -> Option<Duration> {
        let is_safe = !error.may_have_run()
            || match self.what {
                What::Unsent => false,
                What::Repeatable => is_repeatable,
                What::All => true,
            };
        (failures <= self.count && error.is_of_connection() && is_safe).then(|| self.wait(failures))
    }

    /// How long to wait after so many failures in a row, from 1.
    pub(super) fn wait(&self, failures: u32) -> Duration {
        let whole = self.first.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(self.longest);
        let mut chance = [0];
        // Without chance all wait as long.
        let _ = getrandom::fill(&mut chance);
        whole / 2 + whole.mul_f64(f64::from(chance[0]) / 512.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_does_no_harm_is_sent_again() {
        let retry = Retry::times(2);
        let (unsent, lost) = (ClientError::not_sent("x"), ClientError::lost("x"));
        assert!(retry.after(1, &unsent, false).is_some());
        assert!(retry.after(1, &lost, false).is_none());
        assert!(retry.after(1, &lost, true).is_some());
        assert!(retry.after(3, &unsent, true).is_none());
        assert!(retry.only_unsent().after(1, &lost, true).is_none());
        assert!(retry.everything().after(1, &lost, false).is_some());
        assert!(retry.everything().after(1, &ClientError::Closed, false).is_none());
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let retry = Retry::times(9).backoff(Duration::from_millis(100), Duration::from_millis(300));
        for (failures, whole) in [(1, 100), (2, 200), (3, 300), (60, 300)] {
            let wait = retry.wait(failures).as_millis();
            assert!((whole / 2..=whole).contains(&wait), "{failures}: {wait}");
        }
    }
}
