//! Values by key, in a bounded number of bytes: the least recently used go first.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// What an entry costs beside its key and its value, roughly.
const OVERHEAD: usize = 256;

/// Values by key, in a bounded number of bytes: the least recently used go first.
pub(super) struct Kept<V> {
    values: HashMap<Arc<str>, Slot<V>>,
    /// The keys by the time of their last use, which is a count.
    uses: BTreeMap<u64, Arc<str>>,
    now: u64,
    bytes: usize,
}

struct Slot<V> {
    value: V,
    used: u64,
    bytes: usize,
}

impl<V> Default for Kept<V> {
    fn default() -> Self {
        Self { values: HashMap::new(), uses: BTreeMap::new(), now: 0, bytes: 0 }
    }
}

impl<V> Kept<V> {
    /// A value, which is the last then to go.
    pub(super) fn get(&mut self, key: &str) -> Option<&V> {
        let slot = self.values.get_mut(key)?;
        if let Some(key) = self.uses.remove(&slot.used) {
            self.now += 1;
            slot.used = self.now;
            self.uses.insert(self.now, key);
        }
        Some(&slot.value)
    }

    /// Keeps a value of so many bytes, in at most `most` bytes for all. How many others had to go.
    pub(super) fn put(&mut self, key: Arc<str>, value: V, bytes: usize, most: usize) -> u64 {
        self.remove(&key);
        let bytes = bytes + 2 * key.len() + OVERHEAD;
        if bytes > most {
            return 0;
        }
        let mut gone = 0;
        while self.bytes + bytes > most {
            let Some((_, oldest)) = self.uses.pop_first() else { break };
            if let Some(slot) = self.values.remove(&oldest) {
                self.bytes -= slot.bytes;
                gone += 1;
            }
        }
        self.now += 1;
        self.uses.insert(self.now, Arc::clone(&key));
        self.values.insert(key, Slot { value, used: self.now, bytes });
        self.bytes += bytes;
        gone
    }

    pub(super) fn remove(&mut self, key: &str) {
        if let Some(slot) = self.values.remove(key) {
            self.uses.remove(&slot.used);
            self.bytes -= slot.bytes;
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Self::default();
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let mut kept = Kept::default();
        let most = 2 * (OVERHEAD + 2 + 10);
        for key in ["a", "b"] {
            assert_eq!(kept.put(key.into(), key, 10, most), 0);
        }
        assert_eq!(kept.get("a"), Some(&"a"));
        assert_eq!(kept.put("c".into(), "c", 10, most), 1);
        assert_eq!(kept.get("a"), Some(&"a"));
        assert_eq!(kept.len(), 2);
        assert_eq!(kept.get("b"), None);
    }

    #[test]
    fn no_more_bytes_are_kept_than_there_may_be() {
        let mut kept = Kept::default();
        for n in 0..10_000 {
            kept.put(format!("{}", n % 700).into(), n, n % 500, 20_000);
            assert!(kept.bytes() <= 20_000);
        }
        assert_eq!(kept.values.len(), kept.uses.len());
        assert_eq!(kept.put("large".into(), 0, 20_000, 20_000), 0, "nothing goes for what has no place");
        assert!(kept.get("large").is_none() && kept.len() > 0);
        for key in (0..700).map(|n| n.to_string()) {
            kept.remove(&key);
        }
        assert_eq!((kept.len(), kept.bytes()), (0, 0));
    }
}
