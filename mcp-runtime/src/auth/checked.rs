//! Tokens that were checked, so that they need not be checked again.

use std::collections::HashMap;
use std::time::SystemTime;

use ring::digest::{Context, SHA256};

use crate::call::Principal;
use crate::lock::Lock;

/// What an entry takes beside the claims of its token.
const ENTRY: usize = 512;

/// The digest of a token and of what it was checked for: what is kept is of no use to who reads the memory.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Digest([u8; 32]);

impl Digest {
    /// That of a token, and of the audience that it is checked for.
    pub(crate) fn of(token: &str, audience: Option<&str>) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(token.as_bytes());
        if let Some(audience) = audience {
            // No token has a zero in it.
            context.update(&[0]);
            context.update(audience.as_bytes());
        }
        let mut digest = [0; 32];
        digest.copy_from_slice(context.finish().as_ref());
        Self(digest)
    }
}

/// Checked tokens, within a limit of bytes.
///
/// There are two generations. A token that is used moves to the younger one; when that has half of all bytes, the older one is
/// forgotten, and the younger takes its place. So no list has to be kept in order, and what is in use stays.
pub(crate) struct Checked {
    limit: usize,
    generations: Lock<[Generation; 2]>,
}

#[derive(Default)]
struct Generation {
    entries: HashMap<Digest, Entry>,
    bytes: usize,
}

struct Entry {
    principal: Principal,
    /// When it is forgotten.
    until: SystemTime,
    /// The number of the keys that it was checked with.
    under: u64,
    bytes: usize,
}

impl Checked {
    /// Nothing yet, and no more than so many bytes.
    pub(crate) fn new(limit: usize) -> Self {
        Self { limit, generations: Lock::default() }
    }

    /// Whose token it is, if it was checked under this number, and that still holds.
    pub(crate) fn get(&self, digest: &Digest, under: u64) -> Option<Principal> {
        let now = SystemTime::now();
        let holds = |entry: &Entry| entry.under == under && entry.until > now;
        let mut generations = self.generations.lock();
        let [young, old] = &mut *generations;
        if let Some(entry) = young.entries.get(digest) {
            return holds(entry).then(|| entry.principal.clone());
        }
        let entry = old.take(digest).filter(holds)?;
        let principal = entry.principal.clone();
        self.add(&mut generations, *digest, entry);
        Some(principal)
    }

    /// Notes whose token it is, of so many bytes.
    pub(crate) fn insert(&self, digest: Digest, principal: &Principal, until: SystemTime, under: u64, token: usize) {
        let entry = Entry { principal: principal.clone(), until, under, bytes: ENTRY + 2 * token };
        self.add(&mut self.generations.lock(), digest, entry);
    }

    fn add(&self, generations: &mut [Generation; 2], digest: Digest, entry: Entry) {
        let [young, old] = generations;
        old.take(&digest);
        young.take(&digest);
        if young.bytes + entry.bytes > self.limit / 2 {
            *old = std::mem::take(young);
        }
        // One that is too large for the limit is not kept at all.
        if entry.bytes <= self.limit / 2 {
            young.bytes += entry.bytes;
            young.entries.insert(digest, entry);
        }
    }

    /// How many bytes are counted.
    #[cfg(test)]
    fn bytes(&self) -> usize {
        self.generations.lock().iter().map(|generation| generation.bytes).sum()
    }
}

impl Generation {
    fn take(&mut self, digest: &Digest) -> Option<Entry> {
        let entry = self.entries.remove(digest)?;
        self.bytes -= entry.bytes;
        Some(entry)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn digest(number: usize) -> Digest {
        Digest::of(&number.to_string(), None)
    }

    #[test]
    fn checked_tokens_take_no_more_than_their_limit_and_those_in_use_stay() {
        let checked = Checked::new(100 * (ENTRY + 2000));
        let later = SystemTime::now() + Duration::from_secs(60);
        let principal = Principal::new("ada");
        for number in 0..10_000 {
            checked.insert(digest(number), &principal, later, 0, 1000);
            assert!(checked.get(&digest(0), 0).is_some(), "after {number}");
            assert!(checked.bytes() <= 100 * (ENTRY + 2000), "{} bytes", checked.bytes());
        }
        assert!(checked.get(&digest(1), 0).is_none());
        let all = checked.generations.lock().iter().map(|generation| generation.entries.len()).sum::<usize>();
        assert!((50..=100).contains(&all), "{all}");
        checked.insert(digest(1), &principal, later, 0, 1 << 20);
        assert!(checked.get(&digest(1), 0).is_none(), "too large for the limit");
    }

    #[test]
    fn a_checked_token_holds_until_its_time_under_its_keys_and_for_its_audience() {
        let checked = Checked::new(1 << 20);
        let (now, ada) = (SystemTime::now(), Principal::new("ada"));
        let of = |audience| Digest::of("token", Some(audience));
        checked.insert(of("a"), &ada, now + Duration::from_secs(60), 1, 10);
        assert!(checked.get(&of("a"), 1).is_some());
        assert!(checked.get(&of("a"), 2).is_none() && checked.get(&of("b"), 1).is_none());
        checked.insert(of("a"), &ada, now - Duration::from_secs(1), 1, 10);
        assert!(checked.get(&of("a"), 1).is_none());
    }
}
