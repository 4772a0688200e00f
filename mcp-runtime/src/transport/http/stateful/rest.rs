//! Sessions that were busy, and are no more; or whose clients have left.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::id::SessionId;
use crate::lock::Lock;

/// The sessions that were found busy and have come to rest since, and those whose clients have left while they were asked.
#[derive(Default)]
pub(super) struct Rested {
    rested: Lock<Vec<SessionId>>,
    abandoned: Lock<Vec<SessionId>>,
}

impl Rested {
    pub(super) fn take(&self) -> Vec<SessionId> {
        take(&self.rested)
    }

    pub(super) fn take_abandoned(&self) -> Vec<SessionId> {
        take(&self.abandoned)
    }
}

fn take(ids: &Lock<Vec<SessionId>>) -> Vec<SessionId> {
    std::mem::take(&mut *ids.lock())
}

fn push(ids: &Lock<Vec<SessionId>>, id: SessionId) {
    ids.lock().push(id);
}

/// What a session knows of it. While it is not noted as busy, coming to rest costs a load.
pub(super) struct Rest {
    id: SessionId,
    is_noted: AtomicBool,
    /// Whether it has told that it is abandoned.
    is_abandoned: AtomicBool,
    rested: Arc<Rested>,
}

impl Rest {
    pub(super) fn new(id: SessionId, rested: &Arc<Rested>) -> Self {
        Self { id, is_noted: AtomicBool::new(false), is_abandoned: AtomicBool::new(false), rested: Arc::clone(rested) }
    }

    /// Notes that the session is busy, unless it has come to rest meanwhile. It tells when it does.
    ///
    /// The note is made before the session is looked at again, and what ends looks for the note after it has ended: one of
    /// the two sees the other.
    pub(super) fn note_busy(&self, is_busy: impl FnOnce() -> bool) -> bool {
        self.is_noted.store(true, Ordering::SeqCst);
        // If somebody else takes the note back, it has been told already.
        is_busy() || !self.is_noted.swap(false, Ordering::SeqCst)
    }

    /// Something that kept the session busy has ended.
    #[inline]
    pub(super) fn something_ended(&self, is_busy: impl FnOnce() -> bool) {
        if self.is_noted.load(Ordering::SeqCst) && !is_busy() && self.is_noted.swap(false, Ordering::SeqCst) {
            push(&self.rested.rested, self.id);
        }
    }

    /// Tells that the session's client has left while it was asked, if so. Once, until it is [found](Self::not_abandoned) not
    /// to be so any more.
    pub(super) fn look_whether_abandoned(&self, is_abandoned: impl FnOnce() -> bool) {
        if !self.is_abandoned.load(Ordering::SeqCst)
            && is_abandoned()
            && !self.is_abandoned.swap(true, Ordering::SeqCst)
        {
            push(&self.rested.abandoned, self.id);
        }
    }

    /// What was told was found not to be so any more.
    pub(super) fn not_abandoned(&self) {
        self.is_abandoned.store(false, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_tells_once_that_it_has_come_to_rest_and_only_if_it_was_noted_as_busy() {
        let rested = Arc::<Rested>::default();
        let rest = Rest::new(SessionId::LEAST, &rested);
        rest.something_ended(|| false);
        assert!(rested.take().is_empty(), "it was not noted");
        assert!(!rest.note_busy(|| false), "it came to rest before it was noted");
        assert!(rest.note_busy(|| true));
        rest.something_ended(|| true);
        assert!(rested.take().is_empty(), "something else goes on");
        rest.something_ended(|| false);
        rest.something_ended(|| false);
        assert_eq!(rested.take().len(), 1);
        // It came to rest while it was being looked at: it has told, so it counts as noted.
        assert!(rest.note_busy(|| {
            rest.something_ended(|| false);
            false
        }));
        assert_eq!(rested.take().len(), 1);
    }
}
