//! The items of one kind that a server serves, in the order of their names.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use mcp_proto::hash::Fold;

use crate::order::order;

/// Something that is found by its name.
pub(super) trait Named {
    /// Its name, as it is listed.
    fn name(&self) -> &Arc<str>;

    /// What it is found by, which no other item of its kind has: for most its name.
    fn key(&self) -> &Arc<str> {
        self.name()
    }
}

/// The items of one kind. Never changed, only replaced; a changed table shares the items with the one it was made from.
pub(super) struct Table<T> {
    sorted: Vec<Arc<T>>,
    by_key: Places,
}

/// Where in a table the item of each key stands. The same type for the tables of all kinds, as its code is some kilobytes.
pub(super) type Places = HashMap<Arc<str>, usize, Fold>;

impl<T: Named> Table<T> {
    /// The item of this key.
    pub(super) fn get(&self, key: &str) -> Option<&Arc<T>> {
        self.by_key.get(key).and_then(|at| self.sorted.get(*at))
    }

    /// All items, by name.
    pub(super) fn iter(&self) -> std::slice::Iter<'_, Arc<T>> {
        self.sorted.iter()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.sorted.is_empty()
    }

    /// The items without some, and with others, of whose keys none is taken.
    pub(super) fn changed(&self, change: &Change<T>) -> Self {
        let gone = Addresses::of(&change.gone);
        let mut sorted: Vec<Arc<T>> = self.sorted.iter().filter(|one| !gone.have(one)).cloned().collect();
        for one in &change.added {
            let at = sorted.partition_point(|other| other.name() < one.name());
            sorted.insert(at, Arc::clone(one));
        }
        let by_key = places(&mut sorted.iter().map(|one| one.key()));
        Self { sorted, by_key }
    }
}

#[inline(never)]
pub(super) fn places(keys: &mut dyn Iterator<Item = &Arc<str>>) -> Places {
    keys.enumerate().map(|(at, key)| (Arc::clone(key), at)).collect()
}

/// Where items lie in memory, by which they are told from others of the same key.
struct Addresses(HashSet<usize, Fold>);

impl Addresses {
    fn of<T>(items: &[Arc<T>]) -> Self {
        Self::all(&mut items.iter().map(address))
    }

    #[inline(never)] // As the next one: for items of all kinds.
    fn all(addresses: &mut dyn Iterator<Item = usize>) -> Self {
        Self(addresses.collect())
    }

    fn have<T>(&self, item: &Arc<T>) -> bool {
        self.has(address(item))
    }

    #[inline(never)]
    fn has(&self, address: usize) -> bool {
        self.0.contains(&address)
    }
}

fn address<T>(item: &Arc<T>) -> usize {
    Arc::as_ptr(item) as usize
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { sorted: Vec::new(), by_key: HashMap::default() }
    }
}

impl<T> fmt::Debug for Table<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.by_key.keys()).finish()
    }
}

/// How a table changes.
pub(super) struct Change<T> {
    pub(super) gone: Vec<Arc<T>>,
    /// Sorted by name.
    pub(super) added: Vec<Arc<T>>,
}

impl<T: Named> Change<T> {
    /// From what a source offered before to what it offers now. Items that stay are the same in both.
    pub(super) fn between(before: &[Arc<T>], now: &[Arc<T>]) -> Self {
        let missing_in = |others: &[Arc<T>]| {
            let others = Addresses::of(others);
            move |one: &&Arc<T>| !others.have(one)
        };
        let gone = before.iter().filter(missing_in(now)).cloned().collect();
        let added: Vec<Arc<T>> = now.iter().filter(missing_in(before)).cloned().collect();
        let sorted = order(added.len(), &|a, b| added[a].name().cmp(added[b].name()));
        Self { gone, added: sorted.into_iter().map(|index| Arc::clone(&added[index])).collect() }
    }

    /// The names of the items that are gone.
    pub(super) fn gone_names(&self) -> Vec<&str> {
        self.gone.iter().map(|one| &**one.name()).collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.gone.is_empty() && self.added.is_empty()
    }
}
