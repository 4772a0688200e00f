//! Dropping what belongs to handlers: a destructor may panic, and that must end nothing but the call.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Drops a value of a handler's. A panic of its destructor is reported by the panic hook, and goes no further.
pub(crate) fn discard<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        contain(payload);
    }
}

/// Drops what a handler has panicked with, which may panic in turn.
#[cold]
#[inline(never)]
pub(crate) fn contain(payload: Box<dyn Any + Send>) {
    if let Err(again) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
        // It could go on like this.
        std::mem::forget(again);
    }
}

/// A value of a handler's, which is [discarded](discard) however it comes to be dropped.
pub(crate) struct Contained<T>(Option<T>);

impl<T> Contained<T> {
    pub(crate) fn new(value: T) -> Self {
        Self(Some(value))
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.as_mut().expect("it is there until it is dropped")
    }
}

impl<T> Drop for Contained<T> {
    fn drop(&mut self) {
        if let Some(value) = self.0.take() {
            discard(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics when it is dropped, with another one, for so many times.
    struct Bomb(u32);

    impl Drop for Bomb {
        fn drop(&mut self) {
            if self.0 > 0 {
                std::panic::panic_any(Bomb(self.0 - 1));
            }
        }
    }

    #[test]
    fn whatever_a_destructor_does_goes_no_further() {
        for times in 0..5 {
            discard(Bomb(times));
            contain(Box::new(Bomb(times)));
            drop(Contained::new(Bomb(times)));
        }
    }
}
