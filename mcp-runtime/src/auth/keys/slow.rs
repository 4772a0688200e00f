//! Slow hashes: few at once, off the threads of async tasks, and none twice.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Semaphore;

use super::hash::Slow;
use crate::lock::Lock;

/// How many keys may wait for one name to be checked. Its owner has one or a few clients, which know the right key.
pub(crate) const WAITING: usize = 16;

/// How many wrong keys are remembered of one name: those of clients that ask again and again.
const WRONG: usize = 16;

/// A keyed digest of what was presented. Who sees it learns nothing of the key.
pub(crate) type Digest = [u8; 32];

/// All slow hashes of a set of keys: so many at once.
#[derive(Debug)]
pub(crate) struct Hashing {
    at_once: Arc<Semaphore>,
    waiting: usize,
}

impl Hashing {
    pub(crate) fn new(at_once: usize, waiting: usize) -> Self {
        Self { at_once: Arc::new(Semaphore::new(at_once.max(1))), waiting }
    }
}

impl Default for Hashing {
    /// Half of the cores at most: the others serve.
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::new((cores / 2).clamp(1, 4), WAITING)
    }
}

/// One name, and what is known of the keys that were presented for it. All names that do not exist share one, so that they
/// take as long as others, and no more than one turn of all names.
#[derive(Debug)]
pub(crate) struct Name {
    hash: Slow,
    /// One key of a name is hashed at a time, so that guesses at one name do not keep other names waiting.
    turn: Arc<Semaphore>,
    waiting: AtomicUsize,
    seen: Lock<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    right: Option<Digest>,
    /// The newest last.
    wrong: VecDeque<Digest>,
}

/// Too many keys wait to be checked for this name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Busy;

impl Name {
    pub(crate) fn new(hash: Slow) -> Self {
        Self { hash, turn: Arc::new(Semaphore::new(1)), waiting: AtomicUsize::new(0), seen: Lock::new(Seen::default()) }
    }

    /// The hash that keys are compared with.
    pub(crate) fn hash(&self) -> &Slow {
        &self.hash
    }

    /// Whether a secret is the one of this name.
    ///
    /// # Errors
    /// As many wait already as may.
    pub(crate) async fn verify(
        self: &Arc<Self>,
        secret: &str,
        digest: Digest,
        hashing: &Hashing,
    ) -> Result<bool, Busy> {
        if let Some(known) = self.known(&digest) {
            return Ok(known);
        }
        let _waits = Waits::begin(&self.waiting, hashing.waiting)?;
        // Neither is ever closed.
        let turn = Arc::clone(&self.turn).acquire_owned().await.map_err(|_| Busy)?;
        // The one before may have had the same key.
        if let Some(known) = self.known(&digest) {
            return Ok(known);
        }
        let place = Arc::clone(&hashing.at_once).acquire_owned().await.map_err(|_| Busy)?;
        let (this, secret) = (Arc::clone(self), secret.to_owned());
        // A client that goes away meanwhile makes no room for another hash: this one goes on to its end.
        let hashed = tokio::task::spawn_blocking(move || {
            let is_right = this.hash.is_of(&secret);
            this.remember(digest, is_right);
            drop((turn, place));
            is_right
        });
        hashed.await.map_err(|_| Busy)
    }

    fn known(&self, digest: &Digest) -> Option<bool> {
        let seen = self.seen.lock();
        if seen.right.as_ref() == Some(digest) {
            return Some(true);
        }
        seen.wrong.contains(digest).then_some(false)
    }

    fn remember(&self, digest: Digest, is_right: bool) {
        let mut seen = self.seen.lock();
        if is_right {
            seen.right = Some(digest);
        } else {
            if seen.wrong.len() == WRONG {
                seen.wrong.pop_front();
            }
            seen.wrong.push_back(digest);
        }
    }

    /// How many digests are kept, and how many keys wait.
    #[cfg(test)]
    pub(crate) fn size(&self) -> (usize, usize) {
        let seen = self.seen.lock();
        (seen.wrong.len() + usize::from(seen.right.is_some()), self.waiting.load(Ordering::Relaxed))
    }
}

/// A key that waits to be hashed, or is hashed.
struct Waits<'a>(&'a AtomicUsize);

impl<'a> Waits<'a> {
    fn begin(count: &'a AtomicUsize, most: usize) -> Result<Self, Busy> {
        let more = |count: usize| (count <= most).then_some(count + 1);
        count.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).map(|_| Self(count)).map_err(|_| Busy)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::pin;
    use std::task::Poll;

    use super::*;

    fn digest(number: usize) -> Digest {
        let mut digest = [0; 32];
        digest[..8].copy_from_slice(&number.to_le_bytes());
        digest
    }

    #[tokio::test]
    async fn a_key_is_hashed_once_and_few_wrong_ones_are_remembered() {
        let (name, hashing) = (Arc::new(Name::new(Slow::for_test("right"))), Hashing::new(2, 4));
        assert_eq!(name.verify("right", digest(0), &hashing).await, Ok(true));
        // It would be wrong, were it hashed again.
        assert_eq!(name.verify("", digest(0), &hashing).await, Ok(true));
        for number in 1..100 {
            assert_eq!(name.verify("wrong", digest(number), &hashing).await, Ok(false));
        }
        assert_eq!(name.verify("right", digest(99), &hashing).await, Ok(false), "it is remembered as wrong");
        assert_eq!(name.size(), (WRONG + 1, 0));
    }

    #[tokio::test]
    async fn guesses_at_one_name_keep_no_other_name_waiting() {
        let hashing = Hashing::new(2, 4);
        let (guessed, other) = (Name::new(Slow::for_test("a")), Name::new(Slow::for_test("b")));
        let (guessed, other) = (Arc::new(guessed), Arc::new(other));
        // One is hashed for as long as this is held.
        let held = Arc::clone(&guessed.turn).acquire_owned().await.expect("it is never closed");
        let mut waiting: Vec<_> = (1..=5).map(|one| Box::pin(guessed.verify("no", digest(one), &hashing))).collect();
        poll_fn(|cx| {
            assert!(waiting.iter_mut().all(|one| one.as_mut().poll(cx).is_pending()));
            Poll::Ready(())
        })
        .await;
        assert_eq!(guessed.verify("no", digest(6), &hashing).await, Err(Busy));
        assert_eq!(other.verify("b", digest(7), &hashing).await, Ok(true));
        // Whoever goes away makes room, and the others are served.
        waiting.truncate(1);
        let mut last = pin!(guessed.verify("a", digest(8), &hashing));
        poll_fn(|cx| Poll::Ready(last.as_mut().poll(cx).is_pending())).await;
        drop(held);
        assert_eq!((waiting.remove(0).await, last.await), (Ok(false), Ok(true)));
    }

    #[tokio::test]
    async fn no_more_are_hashed_at_once_than_may_be() {
        let hashing = Hashing::new(1, 4);
        let place = Arc::clone(&hashing.at_once).acquire_owned().await.expect("it is never closed");
        let name = Arc::new(Name::new(Slow::for_test("a")));
        let mut verified = pin!(name.verify("a", digest(1), &hashing));
        let is_pending = poll_fn(|cx| Poll::Ready(verified.as_mut().poll(cx).is_pending())).await;
        assert!(is_pending);
        drop(place);
        assert_eq!(verified.await, Ok(true));
    }
}
