//! A store in the memory of this process.

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::Notify;

use super::{Backend, Pending};
use crate::budget::{Budget, Charge};
use crate::lock::Lock;
use crate::wait::until;

/// What all values may have together, keys included. Beyond it the owner of most loses the oldest.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// What keeping a value costs beside its bytes, about.
const OVERHEAD: usize = 384;

/// A store in the memory of this process. It holds a bounded number of bytes: beyond them the owner of most bytes loses what
/// was put first, so that nobody's values push out those of somebody who has fewer.
pub(crate) struct Memory {
    kept: Lock<Kept>,
    /// What all values are charged to, within its limit.
    budget: Arc<Budget>,
}

struct Kept {
    values: HashMap<Arc<str>, Value>,
    /// Keys, in the order in which their values end: some are kept for minutes, and some for months.
    by_end: Order,
    /// What ends are counted from.
    born: Instant,
    owners: HashMap<Arc<str>, Owner>,
    /// The owners, by how many bytes they have.
    by_bytes: Order,
    /// Those who wait for a change, by key.
    waiting: HashMap<Box<str>, Arc<Notify>>,
    last_number: u64,
    bytes: usize,
    charge: Charge,
}

/// Names in the order of their numbers. One type for all orders, as each type of set has some kilobytes of code.
type Order = BTreeSet<(u64, Arc<str>)>;

struct Value {
    bytes: Bytes,
    /// Until when it is kept, in nanoseconds since the store was born; the most is for ever.
    end: u64,
    number: u64,
    owner: Arc<str>,
}

/// Whose values there are.
#[derive(Default)]
struct Owner {
    bytes: u64,
    /// The keys of its values by their numbers: the oldest comes first.
    values: Order,
}

/// What is kept is nobody's business: what steps gave is among it.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Memory {
    /// A store whose values are charged to a budget.
    pub(crate) fn new(budget: &Arc<Budget>) -> Self {
        Self::with_room(MOST_BYTES, budget)
    }

    /// With room for so many bytes.
    fn with_room(most_bytes: usize, budget: &Arc<Budget>) -> Self {
        let budget = budget.share(most_bytes);
        let kept = Kept {
            values: HashMap::new(),
            by_end: Order::new(),
            born: Instant::now(),
            owners: HashMap::new(),
            by_bytes: Order::new(),
            waiting: HashMap::new(),
            last_number: 0,
            bytes: 0,
            charge: Charge::new(&budget),
        };
        Self { kept: Lock::new(kept), budget }
    }

    fn swap_now(
        &self,
        key: &str,
        owner: &str,
        from: Option<&Bytes>,
        to: Option<Bytes>,
        keep: Duration,
    ) -> Result<(), Option<Bytes>> {
        let mut kept = self.kept.lock();
        kept.expire();
        let there = kept.values.get(key).map(|value| &value.bytes);
        if there != from {
            return Err(there.cloned());
        }
        match to {
            Some(bytes) => kept.put(key, owner, bytes, keep),
            None => kept.remove(key),
        }
        kept.make_room(self.budget.limit());
        Ok(())
    }

    /// What is there; where that is `from`, what tells of its change.
    fn look(&self, key: &str, from: &Bytes) -> Result<Option<Bytes>, Waiting<'_>> {
        let mut kept = self.kept.lock();
        match kept.values.get(key) {
            Some(value) if value.bytes == *from => {}
            there => return Ok(there.map(|value| value.bytes.clone())),
        }
        let changed = Arc::clone(kept.waiting.entry(key.into()).or_default());
        Err(Waiting { store: self, key: key.into(), changed })
    }
}

/// Somebody waits for a change of a value.
struct Waiting<'a> {
    store: &'a Memory,
    key: Box<str>,
    changed: Arc<Notify>,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut kept = self.store.kept.lock();
        // The table's own, and this one.
        if kept.waiting.get(&self.key).is_some_and(|there| Arc::ptr_eq(there, &self.changed))
            && Arc::strong_count(&self.changed) == 2
        {
            kept.waiting.remove(&self.key);
        }
    }
}

impl Backend for Memory {
    fn held(&self) -> (u64, u64) {
        let mut kept = self.kept.lock();
        kept.expire();
        (kept.values.len() as u64, kept.bytes as u64)
    }

    fn swap<'a>(
        &'a self,
        key: &'a str,
        owner: &'a str,
        from: Option<&'a Bytes>,
        to: Option<Bytes>,
        keep: Duration,
    ) -> Pending<'a, Result<(), Option<Bytes>>> {
        Box::pin(async move { self.swap_now(key, owner, from, to, keep) })
    }

    fn changed<'a>(&'a self, key: &'a str, from: &'a Bytes) -> Pending<'a, Option<Bytes>> {
        Box::pin(async move {
            loop {
                let waiting = match self.look(key, from) {
                    Ok(there) => return there,
                    Err(waiting) => waiting,
                };
                let is_changed = || self.kept.lock().values.get(key).is_none_or(|value| value.bytes != *from);
                until(&waiting.changed, || is_changed().then_some(())).await;
            }
        })
    }
}

impl Kept {
    /// Puts a value; one that takes another's place keeps its turn to go.
    fn put(&mut self, key: &str, owner: &str, bytes: Bytes, keep: Duration) {
        let before = self.take(key);
        let number = before.as_ref().map_or_else(
            || {
                self.last_number += 1;
                self.last_number
            },
            |(_, before)| before.number,
        );
        let key = before.map_or_else(|| key.into(), |(key, _)| key);
        let owner = self.owners.get_key_value(owner).map_or_else(|| owner.into(), |(owner, _)| Arc::clone(owner));
        let end = self.now().saturating_add(nanoseconds(keep));
        self.count(&owner, &key, cost(&key, &bytes), number);
        self.by_end.insert((end, Arc::clone(&key)));
        self.wake(&key);
        self.values.insert(key, Value { bytes, end, number, owner });
    }

    fn remove(&mut self, key: &str) {
        if self.take(key).is_some() {
            self.wake(key);
        }
    }

    /// Takes a value out.
    fn take(&mut self, key: &str) -> Option<(Arc<str>, Value)> {
        let (key, value) = self.values.remove_entry(key)?;
        let place = (value.number, key);
        self.by_end.remove(&(value.end, Arc::clone(&place.1)));
        let key = &place.1;
        let bytes = cost(key, &value.bytes);
        self.bytes -= bytes;
        if let Some(owner) = self.owners.get_mut(&value.owner) {
            self.by_bytes.remove(&(owner.bytes, Arc::clone(&value.owner)));
            owner.bytes -= bytes as u64;
            owner.values.remove(&place);
            if owner.values.is_empty() {
                self.owners.remove(&value.owner);
            } else {
                self.by_bytes.insert((owner.bytes, Arc::clone(&value.owner)));
            }
        }
        Some((place.1, value))
    }

    /// Counts a value that is put.
    fn count(&mut self, name: &Arc<str>, key: &Arc<str>, bytes: usize, number: u64) {
        self.bytes += bytes;
        let owner = self.owners.entry(Arc::clone(name)).or_default();
        self.by_bytes.remove(&(owner.bytes, Arc::clone(name)));
        owner.bytes += bytes as u64;
        owner.values.insert((number, Arc::clone(key)));
        self.by_bytes.insert((owner.bytes, Arc::clone(name)));
    }

    fn wake(&mut self, key: &str) {
        if let Some(waiting) = self.waiting.get(key) {
            waiting.notify_waiters();
        }
    }

    /// How long the store is there, in nanoseconds.
    fn now(&self) -> u64 {
        nanoseconds(self.born.elapsed())
    }

    /// Forgets what is over.
    fn expire(&mut self) {
        let now = self.now();
        while let Some((_, key)) = self.by_end.first().filter(|(end, _)| *end <= now && *end != u64::MAX) {
            let key = Arc::clone(key);
            self.remove(&key);
        }
        self.charge.set(self.bytes);
    }

    /// Makes room at the cost of whoever has most, and charges what is left.
    fn make_room(&mut self, most_bytes: usize) {
        while self.bytes > most_bytes
            && let Some((_, greediest)) = self.by_bytes.last()
            && let Some((_, oldest)) = self.owners.get(greediest).and_then(|owner| owner.values.first())
            && let key = Arc::clone(oldest)
        {
            self.remove(&key);
        }
        self.charge.set(self.bytes);
    }
}

/// As many as there can be of what is longer.
fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

fn cost(key: &str, bytes: &Bytes) -> usize {
    key.len() + bytes.len() + OVERHEAD
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll, Wake, Waker};

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    fn store() -> Memory {
        Memory::new(&Budget::new(usize::MAX))
    }

    #[tokio::test]
    async fn a_value_is_changed_only_by_who_knows_it() {
        let store = store();
        let (one, two) = (Bytes::from_static(b"1"), Bytes::from_static(b"2"));
        assert_eq!(store.swap("a", "", None, Some(one.clone()), LONG).await, Ok(()));
        assert_eq!(store.swap("a", "", None, Some(two.clone()), LONG).await, Err(Some(one.clone())));
        assert_eq!(store.swap("a", "", Some(&two), Some(two.clone()), LONG).await, Err(Some(one.clone())));
        assert_eq!(store.swap("a", "", Some(&one), Some(two.clone()), LONG).await, Ok(()));
        assert_eq!(store.changed("a", &one).await, Some(two.clone()));
        assert_eq!(store.swap("a", "", Some(&two), None, LONG).await, Ok(()));
        assert_eq!(store.changed("a", &two).await, None);
    }

    #[tokio::test]
    async fn whoever_waits_for_a_change_sees_it() {
        let store = store();
        let (one, two) = (Bytes::from_static(b"1"), Bytes::from_static(b"2"));
        store.swap("a", "", None, Some(one.clone()), LONG).await.expect("nothing is there");
        let change = async {
            tokio::task::yield_now().await;
            store.swap("a", "", Some(&one), Some(two.clone()), LONG).await.expect("it is there");
        };
        assert_eq!(tokio::join!(store.changed("a", &one), change).0, Some(two.clone()));
        assert!(store.kept.lock().waiting.is_empty(), "nobody waits any more");
    }

    /// Counts how often it is woken.
    #[derive(Default)]
    struct Woken(std::sync::atomic::AtomicUsize);

    impl Wake for Woken {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
    }

    #[tokio::test]
    async fn a_change_wakes_only_those_who_wait_for_its_key() {
        let store = store();
        let (one, two) = (Bytes::from_static(b"1"), Bytes::from_static(b"2"));
        for key in ["a", "b"] {
            store.swap(key, "", None, Some(one.clone()), LONG).await.expect("nothing is there");
        }
        let woken = Arc::<Woken>::default();
        let waker = Waker::from(Arc::clone(&woken));
        let mut waits = store.changed("a", &one);
        assert_eq!(waits.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
        store.swap("b", "", Some(&one), Some(two.clone()), LONG).await.expect("it is there");
        store.swap("c", "", None, Some(two.clone()), LONG).await.expect("nothing is there");
        assert_eq!(woken.0.load(std::sync::atomic::Ordering::SeqCst), 0);
        drop(waits);
        assert!(store.kept.lock().waiting.is_empty(), "whoever gives up is forgotten");
    }

    #[tokio::test]
    async fn what_is_over_and_what_has_no_room_is_forgotten() {
        let budget = Budget::new(usize::MAX);
        let store = Memory::with_room(10 * (OVERHEAD + 7), &budget);
        store.swap("over", "", None, Some(Bytes::from_static(b"x")), Duration::ZERO).await.expect("nothing is there");
        assert_eq!(store.swap("over", "", None, None, LONG).await, Ok(()), "it is over");
        for number in 0..1000 {
            let key = format!("{number:03}");
            store.swap(&key, "", None, Some(Bytes::from_static(b"xxxx")), LONG).await.expect("nothing is there");
        }
        {
            let kept = store.kept.lock();
            assert_eq!((kept.values.len(), kept.by_end.len(), kept.bytes), (10, 10, 10 * (OVERHEAD + 7)));
            assert!(kept.values.contains_key("999") && !kept.values.contains_key("989"));
            assert_eq!((kept.owners.len(), kept.by_bytes.len(), budget.used()), (1, 1, kept.bytes));
        }
        drop(store);
        assert_eq!(budget.used(), 0);
    }

    #[tokio::test]
    async fn what_is_kept_for_long_does_not_keep_what_came_later() {
        let store = store();
        let one = Some(Bytes::from_static(b"1"));
        store.swap("long", "", None, one.clone(), LONG).await.expect("nothing is there");
        store.swap("brief", "", None, one.clone(), Duration::ZERO).await.expect("nothing is there");
        store.swap("ever", "", None, one, Duration::MAX).await.expect("nothing is there");
        assert_eq!(store.held().0, 2);
        assert!(!store.kept.lock().values.contains_key("brief"));
    }

    #[tokio::test]
    async fn whoever_has_most_makes_room() {
        let store = Memory::with_room(10 * (OVERHEAD + 100), &Budget::new(usize::MAX));
        let small = Bytes::from_static(b"x");
        store.swap("early", "ada", None, Some(small.clone()), LONG).await.expect("nothing is there");
        for number in 0..100 {
            let junk = Some(Bytes::from(vec![b'x'; 90]));
            store.swap(&format!("{number:03}"), "mallory", None, junk, LONG).await.expect("nothing is there");
        }
        let kept = store.kept.lock();
        assert!(kept.values.contains_key("early") && kept.values.contains_key("099"));
        assert!(!kept.values.contains_key("050") && kept.bytes <= 10 * (OVERHEAD + 100));
    }
}
