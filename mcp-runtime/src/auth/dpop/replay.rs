//! Proofs that were shown already.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use ring::digest::{Context, SHA256};
use tokio::time::Instant;

use crate::lock::Lock;

/// What part of all proofs one key may have.
const SHARE: usize = 4;

/// The proofs of some time, within a limit.
///
/// There are two generations, each as long as a proof may be valid. When the younger one is over, the older one is forgotten: by
/// then its proofs are too old.
#[derive(Debug)]
pub(super) struct Replay {
    limit: usize,
    span: Duration,
    seen: Lock<Seen>,
}

#[derive(Debug)]
struct Seen {
    began: Instant,
    young: Generation,
    old: Generation,
}

#[derive(Debug, Default)]
struct Generation {
    proofs: HashSet<[u8; 32]>,
    /// How many of them each key has.
    keys: HashMap<[u8; 32], usize>,
}

/// Why a proof is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Replayed {
    Before,
    /// There is no room to remember it.
    Full,
}

impl Replay {
    pub(super) fn new(limit: usize, span: Duration) -> Self {
        let seen = Seen { began: Instant::now(), young: Generation::default(), old: Generation::default() };
        Self { limit, span, seen: Lock::new(seen) }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// Notes a proof of a key by its id.
    ///
    /// # Errors
    /// It was there before, or cannot be remembered.
    pub(super) fn note(&self, key: &str, id: &str) -> Result<(), Replayed> {
        let key = digest(&[key]);
        let mut context = Context::new(&SHA256);
        context.update(&key);
        context.update(id.as_bytes());
        let proof = finished(context);
        let mut seen = self.seen.lock();
        let seen = &mut *seen;
        let age = seen.began.elapsed();
        if age >= self.span {
            // After a long pause both are over.
            let young = std::mem::take(&mut seen.young);
            seen.old = if age >= self.span * 2 { Generation::default() } else { young };
            seen.began = Instant::now();
        }
        if seen.young.proofs.contains(&proof) || seen.old.proofs.contains(&proof) {
            return Err(Replayed::Before);
        }
        let of_key = [&seen.young, &seen.old].map(|one| one.keys.get(&key).copied().unwrap_or_default());
        if seen.young.proofs.len() + seen.old.proofs.len() >= self.limit
            || of_key.iter().sum::<usize>() >= (self.limit / SHARE).max(1)
        {
            return Err(Replayed::Full);
        }
        seen.young.proofs.insert(proof);
        *seen.young.keys.entry(key).or_default() += 1;
        Ok(())
    }
}

fn digest(parts: &[&str]) -> [u8; 32] {
    let mut context = Context::new(&SHA256);
    parts.iter().for_each(|part| context.update(part.as_bytes()));
    finished(context)
}

fn finished(context: Context) -> [u8; 32] {
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_proof_is_accepted_once_for_as_long_as_it_is_valid() {
        let replay = Replay::new(100, Duration::from_secs(90));
        assert_eq!(replay.note("a", "1"), Ok(()));
        for seconds in [0, 45, 44, 1, 45, 44] {
            tokio::time::advance(Duration::from_secs(seconds)).await;
            // What is too old is refused by its time, whether it is remembered or not.
            if seconds != 44 {
                assert_eq!(replay.note("a", "1"), Err(Replayed::Before));
            }
        }
        assert_eq!(replay.note("b", "1"), Ok(()), "another key has ids of its own");
    }

    #[tokio::test(start_paused = true)]
    async fn proofs_have_a_limit_one_key_a_share_of_it_and_room_comes_with_time() {
        let replay = Replay::new(100, Duration::from_secs(90));
        for number in 0..25 {
            assert_eq!(replay.note("a", &number.to_string()), Ok(()));
        }
        assert_eq!(replay.note("a", "more"), Err(Replayed::Full));
        for number in 0..75 {
            assert_eq!(replay.note(&number.to_string(), "1"), Ok(()), "{number}");
        }
        assert_eq!(replay.note("b", "1"), Err(Replayed::Full));
        tokio::time::advance(Duration::from_secs(180)).await;
        assert_eq!(replay.note("a", "more"), Ok(()));
    }
}
