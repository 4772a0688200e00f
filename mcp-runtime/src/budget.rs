//! The memory that a server uses for its clients, in bytes, and its limit.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

#[cfg(feature = "http")]
use bytes::Bytes;

/// The default limit of a server: 512 MiB.
pub(crate) const MEMORY: usize = 512 * 1024 * 1024;

/// Buffers up to this size are not charged, so that small requests and answers pay nothing. Their number is bounded by other
/// limits: a call has a request, what it has said and an answer, so the 10,000 calls that HTTP admits by default have at
/// most 120 MB of such buffers.
pub(crate) const SMALL: usize = 4 * 1024;

/// A number of bytes that may be in use at once. Each server has one; parts of it have limits of their own, and whatever is
/// charged to a part is charged to the whole as well.
///
/// Work that runs may always charge what it needs ([`Charge::set`]), so that it can end. New work is refused while the
/// budget [is full](Self::is_full), and where its request does not fit ([`Charge::try_set`]).
pub(crate) struct Budget {
    used: AtomicUsize,
    limit: AtomicUsize,
    whole: Option<Arc<Self>>,
    /// The messages that were dropped for want of room. Parts leave it to the whole.
    dropped: AtomicU64,
    /// Whether its limit is less where the whole is limited to less than by default.
    is_share: bool,
}

impl Budget {
    /// A budget with a limit.
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit),
            whole: None,
            dropped: AtomicU64::new(0),
            is_share: false,
        })
    }

    /// A part of this budget, with a limit of its own.
    #[cfg(any(test, feature = "http"))]
    pub(crate) fn part(self: &Arc<Self>, limit: usize) -> Arc<Self> {
        let whole = Some(Arc::clone(self));
        Arc::new(Self {
            used: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit),
            whole,
            dropped: AtomicU64::new(0),
            is_share: false,
        })
    }

    /// A part for what is kept for long: beside a whole that is limited to half of the default it may have half as much, so
    /// that what is kept never uses all of it up.
    pub(crate) fn share(self: &Arc<Self>, limit: usize) -> Arc<Self> {
        let whole = Some(Arc::clone(self));
        Arc::new(Self {
            used: AtomicUsize::new(0),
            limit: AtomicUsize::new(limit),
            whole,
            dropped: AtomicU64::new(0),
            is_share: true,
        })
    }

    /// Changes the limit.
    pub(crate) fn set_limit(&self, limit: usize) {
        self.limit.store(limit, Ordering::Relaxed);
    }

    #[inline]
    pub(crate) fn limit(&self) -> usize {
        let limit = self.limit.load(Ordering::Relaxed);
        match self.whole.as_ref().filter(|_| self.is_share) {
            None => limit,
            Some(whole) => limit.min(Self::share_of(whole, limit)),
        }
    }

    /// As much of `whole` as `limit` is of the usual one.
    #[cold]
    fn share_of(whole: &Self, limit: usize) -> usize {
        // In kilobytes, which do not overflow.
        (limit >> 10).saturating_mul(whole.limit() >> 10) / (MEMORY >> 20)
    }

    /// The bytes that are in use.
    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Relaxed)
    }

    /// Notes messages that were dropped because their client was behind.
    #[inline]
    pub(crate) fn note_dropped(&self, messages: u64) {
        if messages > 0 {
            self.whole.as_deref().unwrap_or(self).dropped.fetch_add(messages, Ordering::Relaxed);
        }
    }

    /// How many were.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    /// Whether new work is to be refused.
    #[inline]
    pub(crate) fn is_full(&self) -> bool {
        self.used() >= self.limit()
    }

    /// Whether there is no more than what runs needs: here, or in the whole that this is a part of.
    pub(crate) fn is_tight(&self) -> bool {
        self.is_full() || self.whole.as_ref().is_some_and(|whole| whole.is_full())
    }

    /// Takes bytes for work that runs, whether they fit or not.
    pub(crate) fn take(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.take(bytes);
        }
    }

    /// Takes bytes where they fit.
    pub(crate) fn try_take(&self, bytes: usize) -> bool {
        let limit = self.limit();
        let fits = |used: usize| used.checked_add(bytes).filter(|used| *used <= limit);
        if self.used.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_err() {
            return false;
        }
        let fits = self.whole.as_ref().is_none_or(|whole| whole.try_take(bytes));
        if !fits {
            self.used.fetch_sub(bytes, Ordering::Relaxed);
        }
        fits
    }

    /// Gives back bytes that were taken.
    pub(crate) fn give_back(&self, bytes: usize) {
        self.used.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(whole) = &self.whole {
            whole.give_back(bytes);
        }
    }

    /// A buffer that is charged for as long as any of its bytes is referred to. A small one is not.
    #[cfg(feature = "http")]
    pub(crate) fn hold(self: &Arc<Self>, buffer: Vec<u8>) -> Bytes {
        if buffer.len() <= SMALL {
            return buffer.into();
        }
        let mut charge = Charge::new(self);
        charge.set(buffer.capacity());
        charge.hold(buffer)
    }
}

impl fmt::Debug for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Budget").field("used", &self.used()).field("limit", &self.limit()).finish_non_exhaustive()
    }
}

/// Bytes that are taken from a budget, and given back when this is dropped.
#[derive(Debug)]
pub(crate) struct Charge {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Charge {
    /// A charge of nothing yet.
    pub(crate) fn new(budget: &Arc<Budget>) -> Self {
        Self { budget: Arc::clone(budget), bytes: 0 }
    }

    /// What is charged.
    pub(crate) fn budget(&self) -> &Budget {
        &self.budget
    }

    /// Whether nothing is charged.
    #[inline]
    pub(crate) fn is_nothing(&self) -> bool {
        self.bytes == 0
    }

    /// Charges so many bytes from now on, whether they fit or not.
    #[cold]
    pub(crate) fn set(&mut self, bytes: usize) {
        if bytes > self.bytes {
            self.budget.take(bytes - self.bytes);
        } else if bytes < self.bytes {
            self.budget.give_back(self.bytes - bytes);
        }
        self.bytes = bytes;
    }

    /// As [`set`](Self::set), but small buffers are not charged.
    #[inline]
    pub(crate) fn set_large(&mut self, bytes: usize) {
        if bytes > SMALL || self.bytes > 0 {
            self.set(if bytes > SMALL { bytes } else { 0 });
        }
    }

    /// Charges so many bytes from now on, if they fit. Less always does.
    pub(crate) fn try_set(&mut self, bytes: usize) -> bool {
        if bytes > self.bytes && !self.budget.try_take(bytes - self.bytes) {
            return false;
        }
        if bytes < self.bytes {
            self.budget.give_back(self.bytes - bytes);
        }
        self.bytes = bytes;
        true
    }

    /// Charges a part's bytes to the whole alone from now on.
    #[cfg(feature = "http")]
    pub(crate) fn into_whole(mut self) -> Self {
        if let Some(whole) = self.budget.whole.clone() {
            self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
            self.budget = whole;
        }
        self
    }

    /// A buffer that is charged for as long as any of its bytes is referred to.
    #[cfg(feature = "http")]
    pub(crate) fn hold(self, buffer: impl AsRef<[u8]> + Send + 'static) -> Bytes {
        Bytes::from_owner(Held { buffer, _charge: self })
    }
}

impl Drop for Charge {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.budget.give_back(self.bytes);
        }
    }
}

/// A buffer, and what is charged for it.
#[cfg(feature = "http")]
struct Held<B> {
    buffer: B,
    _charge: Charge,
}

#[cfg(feature = "http")]
impl<B: AsRef<[u8]>> AsRef<[u8]> for Held<B> {
    fn as_ref(&self) -> &[u8] {
        self.buffer.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_charged_to_the_whole_and_each_has_its_limit() {
        let whole = Budget::new(100);
        let part = whole.part(60);
        let (mut one, mut two) = (Charge::new(&part), Charge::new(&whole));
        assert!(one.try_set(50) && !one.try_set(61) && one.try_set(60));
        assert_eq!((part.used(), whole.used()), (60, 60));
        assert!(!two.try_set(41) && two.try_set(40));
        assert!(whole.is_full() && part.is_full());
        // Work that runs is not refused.
        two.set(70);
        assert_eq!(whole.used(), 130);
        drop(one);
        assert_eq!((part.used(), whole.used()), (0, 70));
        assert!(!whole.is_full());
    }

    #[test]
    fn a_whole_that_is_full_refuses_its_parts_and_they_stay_as_they_are() {
        let whole = Budget::new(100);
        let part = whole.part(100);
        let mut other = Charge::new(&whole);
        other.set(90);
        let mut charge = Charge::new(&part);
        assert!(charge.try_set(10) && !charge.try_set(11));
        assert_eq!((part.used(), whole.used()), (10, 100));
    }

    #[test]
    fn what_is_kept_for_long_has_a_share_of_the_whole() {
        let whole = Budget::new(MEMORY);
        let share = whole.share(64 << 20);
        assert_eq!(share.limit(), 64 << 20);
        whole.set_limit(16 << 20);
        assert_eq!(share.limit(), 2 << 20);
        whole.set_limit(usize::MAX);
        assert_eq!(share.limit(), 64 << 20);
    }

    #[cfg(feature = "http")]
    #[test]
    fn a_buffer_is_charged_while_any_slice_of_it_is_there() {
        let whole = Budget::new(1 << 20);
        let part = whole.part(1 << 20);
        let mut charge = Charge::new(&part);
        charge.set(8192);
        let slice = charge.into_whole().hold(vec![0; 8192]).slice(10..20);
        assert_eq!((part.used(), whole.used()), (0, 8192));
        drop(slice);
        assert_eq!(whole.used(), 0);
        assert_eq!((whole.hold(vec![0; SMALL]).len(), whole.used()), (SMALL, 0));
    }

    #[test]
    fn small_buffers_are_not_charged() {
        let budget = Budget::new(1 << 20);
        let mut charge = Charge::new(&budget);
        for (bytes, charged) in [(SMALL, 0), (SMALL + 1, SMALL + 1), (100_000, 100_000), (10, 0)] {
            charge.set_large(bytes);
            assert_eq!(budget.used(), charged);
        }
    }
}
