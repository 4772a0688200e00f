//! Counting by key.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use crate::lock::Lock;

/// How many there are of each key right now. A key of which there is none takes no memory.
#[derive(Debug)]
pub(crate) struct Tally<K>(Lock<HashMap<K, usize>>);

impl<K> Default for Tally<K> {
    fn default() -> Self {
        Self(Lock::new(HashMap::new()))
    }
}

impl<K: Clone + Eq + Hash> Tally<K> {
    /// Counts one more of a key, until what is returned is dropped. `None` where there are `most` of it already.
    pub(crate) fn count(this: &Arc<Self>, key: K, most: usize) -> Option<Counted<K>> {
        let mut counts = this.0.lock();
        let count = counts.get(&key).copied().unwrap_or_default();
        if count >= most {
            return None;
        }
        counts.insert(key.clone(), count + 1);
        drop(counts);
        Some(Counted { tally: Arc::clone(this), key })
    }
}

#[cfg(all(test, feature = "http"))]
impl<K> Tally<K> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }
}

/// One that counts.
#[derive(Debug)]
pub(crate) struct Counted<K: Eq + Hash> {
    tally: Arc<Tally<K>>,
    key: K,
}

impl<K: Eq + Hash> Drop for Counted<K> {
    fn drop(&mut self) {
        let mut counts = self.tally.0.lock();
        if let Some(count) = counts.get_mut(&self.key) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_dropped_makes_room_and_leaves_nothing_behind() {
        let tally = Arc::<Tally<&str>>::default();
        let (one, two) = (Tally::count(&tally, "a", 2), Tally::count(&tally, "a", 2));
        assert!(one.is_some() && two.is_some() && Tally::count(&tally, "a", 2).is_none());
        assert!(Tally::count(&tally, "b", 2).is_some(), "another key has its own count");
        drop(two);
        let again = Tally::count(&tally, "a", 2);
        assert!(again.is_some());
        drop((one, again));
        assert!(tally.0.lock().is_empty());
    }
}
