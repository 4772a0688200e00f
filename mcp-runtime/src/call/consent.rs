//! What was decided of the consent to a call, and how long decisions hold.

use std::time::Duration;

use crate::lock::Lock;

/// How the consent of people is asked for, and how much of it is remembered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ConsentLimits {
    /// The most bytes of a question.
    pub(crate) question_bytes: usize,
    /// How long an answer holds that is for always.
    pub(crate) expiry: Duration,
    /// How long an answer holds that is for a session, which may end before.
    pub(crate) session_expiry: Duration,
    /// The most answers of one principal.
    pub(crate) most_per_principal: usize,
    /// The most bytes of all answers.
    pub(crate) most_bytes: usize,
    /// Whether an answer holds for a function with any arguments, where its author names none.
    pub(crate) any_arguments: bool,
}

impl Default for ConsentLimits {
    fn default() -> Self {
        Self {
            // What a person reads.
            question_bytes: 4 * 1024,
            expiry: Duration::from_secs(30 * 24 * 60 * 60),
            session_expiry: Duration::from_secs(24 * 60 * 60),
            // More than a person remembers to have given; all of them are read at each call.
            most_per_principal: 100,
            most_bytes: 4 * 1024 * 1024,
            any_arguments: false,
        }
    }
}

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
