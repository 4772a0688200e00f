//! A store in the memory of this process.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Notify;

use super::{Backend, Pending};

/// What all values may have together, keys included. The oldest make room.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What keeping a value costs beside its bytes, about.
const OVERHEAD: usize = 256;

/// A store in the memory of this process. It holds a bounded number of bytes: beyond them, what was put first goes first.
pub(crate) struct Memory {
    kept: Mutex<Kept>,
    changed: Notify,
    most_bytes: usize,
}

#[derive(Default)]
struct Kept {
    values: HashMap<Box<str>, Value>,
    /// Keys, in the order in which their values were put, with the value's number.
    order: VecDeque<(Box<str>, u64)>,
    last_number: u64,
    bytes: usize,
}

struct Value {
    bytes: Bytes,
    /// `None`: for ever.
    until: Option<Instant>,
    number: u64,
}

/// What is kept is nobody's business: clients' answers are among it.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self::with_room(MOST_BYTES)
    }
}

impl Memory {
    /// With room for so many bytes.
    pub(crate) fn with_room(most_bytes: usize) -> Self {
        Self { kept: Mutex::default(), changed: Notify::new(), most_bytes }
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // What the lock guards is changed by our own code alone, which does not panic half-way.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn swap_now(
        &self,
        key: &str,
        from: Option<&Bytes>,
        to: Option<Bytes>,
        keep: Duration,
    ) -> Result<(), Option<Bytes>> {
        let mut kept = self.lock();
        kept.expire();
        let there = kept.values.get(key).map(|value| &value.bytes);
        if there != from {
            return Err(there.cloned());
        }
        match to {
            Some(bytes) => kept.insert(key, bytes, keep),
            None => kept.remove(key),
        }
        kept.make_room(self.most_bytes);
        drop(kept);
        self.changed.notify_waiters();
        Ok(())
    }
}

impl Backend for Memory {
    fn swap<'a>(
        &'a self,
        key: &'a str,
        from: Option<&'a Bytes>,
        to: Option<Bytes>,
        keep: Duration,
    ) -> Pending<'a, Result<(), Option<Bytes>>> {
        Box::pin(async move { self.swap_now(key, from, to, keep) })
    }

    fn changed<'a>(&'a self, key: &'a str, from: &'a Bytes) -> Pending<'a, Option<Bytes>> {
        Box::pin(async move {
            loop {
                let changed = self.changed.notified();
                tokio::pin!(changed);
                // Registered before the value is looked at, so that a change in between is not missed.
                changed.as_mut().enable();
                let there = self.lock().values.get(key).map(|value| value.bytes.clone());
                if there.as_ref() != Some(from) {
                    return there;
                }
                changed.await;
            }
        })
    }
}

impl Kept {
    /// Puts a value; one that takes another's place keeps its turn to go.
    fn insert(&mut self, key: &str, bytes: Bytes, keep: Duration) {
        let until = Instant::now().checked_add(keep);
        self.bytes += cost(key, &bytes);
        if let Some(value) = self.values.get_mut(key) {
            self.bytes -= cost(key, &value.bytes);
            (value.bytes, value.until) = (bytes, until);
            return;
        }
        self.last_number += 1;
        let number = self.last_number;
        self.order.push_back((key.into(), number));
        self.values.insert(key.into(), Value { bytes, until, number });
    }

    fn remove(&mut self, key: &str) {
        if let Some(value) = self.values.remove(key) {
            self.bytes -= cost(key, &value.bytes);
            self.order.retain(|(_, number)| *number != value.number);
        }
    }

    /// Forgets what is over, from the oldest on.
    fn expire(&mut self) {
        let now = Instant::now();
        while self.oldest().is_some_and(|oldest| oldest.until.is_some_and(|until| until <= now)) {
            self.forget_oldest();
        }
    }

    fn make_room(&mut self, most_bytes: usize) {
        while self.bytes > most_bytes && !self.order.is_empty() {
            self.forget_oldest();
        }
    }

    fn oldest(&self) -> Option<&Value> {
        self.values.get(&self.order.front()?.0)
    }

    fn forget_oldest(&mut self) {
        if let Some((key, _)) = self.order.pop_front()
            && let Some(value) = self.values.remove(&key)
        {
            self.bytes -= cost(&key, &value.bytes);
        }
    }
}

fn cost(key: &str, bytes: &Bytes) -> usize {
    // The key is there twice.
    2 * key.len() + bytes.len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn a_value_is_changed_only_by_who_knows_it() {
        let store = Memory::default();
        let (one, two) = (Bytes::from_static(b"1"), Bytes::from_static(b"2"));
        assert_eq!(store.swap("a", None, Some(one.clone()), LONG).await, Ok(()));
        assert_eq!(store.swap("a", None, Some(two.clone()), LONG).await, Err(Some(one.clone())));
        assert_eq!(store.swap("a", Some(&two), Some(two.clone()), LONG).await, Err(Some(one.clone())));
        assert_eq!(store.swap("a", Some(&one), Some(two.clone()), LONG).await, Ok(()));
        assert_eq!(store.changed("a", &one).await, Some(two.clone()));
        assert_eq!(store.swap("a", Some(&two), None, LONG).await, Ok(()));
        assert_eq!(store.changed("a", &two).await, None);
    }

    #[tokio::test]
    async fn whoever_waits_for_a_change_sees_it() {
        let store = Memory::default();
        let (one, two) = (Bytes::from_static(b"1"), Bytes::from_static(b"2"));
        store.swap("a", None, Some(one.clone()), LONG).await.expect("nothing is there");
        let change = async {
            tokio::task::yield_now().await;
            store.swap("a", Some(&one), Some(two.clone()), LONG).await.expect("it is there");
        };
        assert_eq!(tokio::join!(store.changed("a", &one), change).0, Some(two.clone()));
    }

    #[tokio::test]
    async fn what_is_over_and_what_has_no_room_is_forgotten() {
        let store = Memory::with_room(10 * (OVERHEAD + 10));
        store.swap("over", None, Some(Bytes::from_static(b"x")), Duration::ZERO).await.expect("nothing is there");
        assert_eq!(store.swap("over", None, None, LONG).await, Ok(()), "it is over");
        for number in 0..1000 {
            let key = format!("{number:03}");
            store.swap(&key, None, Some(Bytes::from_static(b"xxxx")), LONG).await.expect("nothing is there");
        }
        let kept = store.lock();
        assert_eq!((kept.values.len(), kept.order.len(), kept.bytes), (10, 10, 10 * (OVERHEAD + 10)));
        assert!(kept.values.contains_key("999") && !kept.values.contains_key("989"));
    }
}
