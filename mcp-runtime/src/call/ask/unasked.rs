//! What a call would have asked a client that can answer.

use std::sync::Arc;

use crate::lock::Lock;

/// Keeps the question that ended a call because the client had not declared the capability. The command line finds it here and
/// tells what the call asks; calling again, with the capability declared, would run the function twice.
#[derive(Clone, Default)]
pub(crate) struct Unasked(Arc<Lock<Option<UnaskedQuestion>>>);

/// A question that was not sent.
// Only the command line reads it.
#[cfg_attr(not(feature = "cli"), allow(dead_code))]
pub(crate) struct UnaskedQuestion {
    pub(crate) key: String,
    pub(crate) method: &'static str,
    pub(crate) params: String,
}

impl Unasked {
    pub(super) fn note(&self, question: UnaskedQuestion) {
        self.0.lock().get_or_insert(question);
    }

    // Only the command line asks for it.
    #[cfg_attr(not(feature = "cli"), allow(dead_code))]
    pub(crate) fn take(&self) -> Option<UnaskedQuestion> {
        self.0.lock().take()
    }
}
