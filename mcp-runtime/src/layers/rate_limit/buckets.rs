//! The counts of all keys, in bounded memory.

use std::collections::HashMap;
use std::fmt;
use std::time::Duration;

use mcp_proto::hash::Fold;

use crate::lock::Lock;

/// How many calls may be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Quota {
    /// The nanoseconds after which one more call is free.
    interval: u64,
    /// How many may be made at once.
    pub(super) burst: u32,
}

impl Quota {
    /// `count` calls, at least 1, in each `time`, all of them at once if need be.
    pub(super) fn new(count: u32, time: Duration) -> Self {
        let count = count.max(1);
        let interval = u64::try_from(time.as_nanos() / u128::from(count)).unwrap_or(u64::MAX);
        Self { interval: interval.max(1), burst: count }
    }
}

/// The counts of all keys.
///
/// The generic cell rate algorithm keeps one number for each: when all of its calls would have been made, had they been made one after
/// another. A key for which that is past needs no number.
pub(super) struct Buckets {
    shards: Box<[Lock<Shard>]>,
    /// How many keys each of them holds.
    each: usize,
}

type Shard = HashMap<u128, u64, Fold>;

/// How many keys a shard holds at most: few enough that to look through all of them takes some 20 µs.
const SHARD: usize = 1024;

impl Buckets {
    /// At most `limit` keys, and at least one.
    pub(super) fn new(limit: usize) -> Self {
        let shards = limit.div_ceil(SHARD).max(1);
        let each = (limit / shards).max(1);
        Self { shards: (0..shards).map(|_| Lock::default()).collect(), each }
    }

    /// How many keys are kept at most.
    pub(super) fn limit(&self) -> usize {
        self.shards.len() * self.each
    }

    /// Counts a call at `now`, in nanoseconds.
    ///
    /// # Errors
    /// If it is over the limit: the time after which it is not.
    pub(super) fn take(&self, key: u128, quota: Quota, cost: u32, now: u64) -> Result<(), Duration> {
        let Quota { interval, burst } = quota;
        let cost = interval.saturating_mul(cost.min(burst).into());
        if cost == 0 {
            return Ok(());
        }
        let most = now.saturating_add(interval.saturating_mul(burst.into()));
        // The hash is even in all of its bits; the map takes others.
        let at = (key >> 64) as usize % self.shards.len();
        let mut shard = self.shards[at].lock();
        let until = shard.get(&key).map_or(now, |until| now.max(*until)).saturating_add(cost);
        if until > most {
            return Err(Duration::from_nanos(until - most));
        }
        if shard.len() >= self.each && !shard.contains_key(&key) {
            make_room(&mut shard, self.each, now);
        }
        shard.insert(key, until);
        Ok(())
    }

    /// How many keys are kept.
    #[cfg(test)]
    fn len(&self) -> usize {
        self.shards.iter().map(|shard| shard.lock().len()).sum()
    }
}

/// Drops the keys that could make all calls again, and if those are few, the ones that could make most: an eighth at once, so that it
/// is not done for each new key.
#[cold]
fn make_room(shard: &mut Shard, limit: usize, now: u64) {
    shard.retain(|_, until| *until > now);
    let kept = limit - limit.div_ceil(8);
    let Some(excess @ 1..) = shard.len().checked_sub(kept) else { return };
    let mut all: Vec<u64> = shard.values().copied().collect();
    let (_, last, _) = all.select_nth_unstable(excess - 1);
    let (last, mut left) = (*last, excess);
    shard.retain(|_, until| {
        // Of those that are alike, no more than have to.
        let goes = *until <= last && left > 0;
        left -= usize::from(goes);
        !goes
    });
}

impl fmt::Debug for Buckets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Buckets").field("limit", &self.limit()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, RandomState};

    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn key(hash: &RandomState, n: u64) -> u128 {
        u128::from(hash.hash_one(n)) << 64 | u128::from(n)
    }

    #[test]
    fn a_burst_is_free_and_then_calls_are_as_often_as_they_may_be() {
        let buckets = Buckets::new(10);
        let quota = Quota { burst: 3, ..Quota::new(10, Duration::from_secs(1)) };
        let take = |cost, now| buckets.take(7, quota, cost, now);
        for _ in 0..3 {
            assert_eq!(take(1, SECOND), Ok(()));
        }
        assert_eq!(take(1, SECOND), Err(Duration::from_millis(100)));
        assert_eq!(take(2, SECOND), Err(Duration::from_millis(200)), "what was refused is not counted");
        assert_eq!(take(1, SECOND + SECOND / 10), Ok(()));
        assert_eq!(take(1, SECOND + SECOND / 10), Err(Duration::from_millis(100)));
        assert_eq!(take(0, SECOND + SECOND / 10), Ok(()), "what costs nothing is free");
        assert_eq!(take(9, 2 * SECOND), Ok(()), "what costs more than a burst runs when nothing else has");
        assert_eq!(take(1, 2 * SECOND), Err(Duration::from_millis(100)));
        assert_eq!(buckets.take(8, quota, 1, 2 * SECOND), Ok(()), "others are not concerned");
    }

    #[test]
    fn of_a_million_keys_no_more_are_kept_than_may_be() {
        let (hash, buckets) = (RandomState::new(), Buckets::new(10_000));
        let quota = Quota::new(2, Duration::from_secs(3600));
        for n in 0..1_000_000 {
            assert_eq!(buckets.take(key(&hash, n), quota, 1, n), Ok(()));
        }
        assert!((8_000..=10_000).contains(&buckets.len()), "{}", buckets.len());
    }

    #[test]
    fn keys_that_could_make_most_calls_are_dropped_first() {
        let buckets = Buckets::new(8);
        let quota = Quota::new(4, Duration::from_secs(4));
        // The first has made all of its calls.
        for _ in 0..4 {
            assert_eq!(buckets.take(0, quota, 1, 0), Ok(()));
        }
        for n in 1..1_000 {
            assert_eq!(buckets.take(n, quota, 1, 0), Ok(()));
            assert!(buckets.len() <= 8);
        }
        assert_eq!(buckets.take(0, quota, 1, 0), Err(Duration::from_secs(1)), "it is still known");
        assert_eq!(buckets.take(1_000, quota, 1, 4 * SECOND), Ok(()));
        assert!(buckets.len() <= 8);
    }
}
