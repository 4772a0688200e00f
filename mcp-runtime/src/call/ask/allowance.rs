//! How much calls that ask may keep, and how long they may wait.

use std::time::Duration;

/// What is allowed to calls that ask.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Allowance {
    /// How long a client may take for a round.
    pub(crate) expiry: Duration,
    /// The most bytes a journal may have: it travels with every round.
    pub(crate) most_bytes: usize,
    /// How long a question in a session waits for its answer.
    pub(crate) patience: Duration,
    /// How long it waits for a client that is gone.
    pub(crate) grace: Duration,
}

impl Default for Allowance {
    fn default() -> Self {
        Self {
            expiry: Duration::from_secs(30 * 60),
            most_bytes: 256 * 1024,
            // Long enough for a person who has to look something up.
            patience: Duration::from_secs(10 * 60),
            // Clients that lose a connection are back within seconds.
            grace: Duration::from_secs(60),
        }
    }
}
