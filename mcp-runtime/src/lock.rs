//! A mutex that is not poisoned.

#[cfg(feature = "http")]
use std::sync::TryLockError;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A mutex that can be locked after a panic, too. It is for what our own code alone changes, which does not panic half-way;
/// handlers run outside of locks.
#[derive(Debug, Default)]
pub(crate) struct Lock<T>(Mutex<T>);

impl<T> Lock<T> {
    pub(crate) const fn new(value: T) -> Self {
        Self(Mutex::new(value))
    }

    /// Locks it, for as long as the guard is there.
    #[inline]
    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, unless it is locked.
    #[cfg(feature = "http")]
    pub(crate) fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
        match self.0.try_lock() {
            Ok(guard) => Some(guard),
            Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
            Err(TryLockError::WouldBlock) => None,
        }
    }

    /// What is in it; nobody else can have locked it.
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}
