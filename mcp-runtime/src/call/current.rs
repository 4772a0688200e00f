//! The request that this thread works for, so that lines of the log can name it.
//!
//! It is noted around each poll of a call, and goes with a blocking function to its thread. Unless something writes a log that
//! names requests, this costs one load.

use std::cell::RefCell;
use std::sync::atomic::{AtomicBool, Ordering};

use mcp_proto::wire::Id;

/// Whether anything asks.
static IS_NOTED: AtomicBool = AtomicBool::new(false);

thread_local! {
    static CURRENT: RefCell<Option<Id>> = const { RefCell::new(None) };
}

/// From now on requests are noted. Called once, mostly before anything is served.
#[cfg(feature = "stdio")]
pub(crate) fn note_requests() {
    IS_NOTED.store(true, Ordering::Relaxed);
}

/// The id of the request that this thread works for.
#[cfg(feature = "stdio")]
pub(crate) fn current_request() -> Option<Id> {
    CURRENT.try_with(|current| current.try_borrow().ok()?.clone()).ok().flatten()
}

/// This thread works for a request until this is dropped; then it works for the one before again.
pub(crate) struct Working {
    _before: Option<Before>,
}

/// What the thread worked for before.
struct Before(Option<Id>);

impl Working {
    /// This thread works for a request.
    #[inline]
    pub(crate) fn on(id: &Id) -> Self {
        Self { _before: IS_NOTED.load(Ordering::Relaxed).then(|| Before::note(id)) }
    }
}

impl Before {
    #[cold]
    fn note(id: &Id) -> Self {
        Self(CURRENT.replace(Some(id.clone())))
    }
}

impl Drop for Before {
    fn drop(&mut self) {
        let _ = CURRENT.try_with(|current| current.replace(self.0.take()));
    }
}
