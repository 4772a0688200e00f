//! What was decided of the consent to a call.

use crate::lock::Lock;

/// The most decisions of one call that are remembered: layers may run it with other arguments.
const MOST_DECISIONS: usize = 16;

/// What was decided of a call.
#[derive(Clone, Debug)]
pub(crate) enum Decided {
    /// It may run: by an answer, `once`, or by one that was `remembered`.
    Allowed(&'static str),
    /// It may not, and why.
    Denied(String),
}

/// What was decided of a call, by what it would do. A call that runs again with the same arguments is not asked again.
#[derive(Debug, Default)]
pub(crate) struct ConsentLog(Lock<Vec<(Box<str>, Decided)>>);

impl ConsentLog {
    /// What was decided of this.
    pub(crate) fn find(&self, what: &str) -> Option<Decided> {
        self.0.lock().iter().find(|(known, _)| **known == *what).map(|(_, decided)| decided.clone())
    }

    /// Notes what was decided. Beyond the most the oldest is forgotten, and asked again.
    pub(crate) fn note(&self, what: &str, decided: Decided) {
        let mut all = self.0.lock();
        all.retain(|(known, _)| **known != *what);
        if all.len() >= MOST_DECISIONS {
            all.remove(0);
        }
        all.push((what.into(), decided));
    }
}
