//! What waits for clients, or is kept for them: looked up where it is, when somebody asks.

use std::ops::AddAssign;

/// What waits for clients, or is kept for them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Waiting {
    /// The messages that wait to be written, or to be read.
    pub(crate) messages: u64,
    /// Their bytes, and those of what is being written.
    pub(crate) bytes: u64,
    /// The bytes of the client for which most wait.
    pub(crate) most_bytes: u64,
    /// The streams that sessions keep for clients that come back.
    pub(crate) kept_streams: u64,
    /// What they keep, in bytes: what waits is among it.
    pub(crate) kept_bytes: u64,
}

/// Something in which messages wait.
pub(crate) trait Waits: Send + Sync {
    /// What waits in it right now.
    fn waiting(&self) -> Waiting;
}

impl AddAssign for Waiting {
    fn add_assign(&mut self, other: Self) {
        self.messages += other.messages;
        self.bytes += other.bytes;
        self.most_bytes = self.most_bytes.max(other.most_bytes);
        self.kept_streams += other.kept_streams;
        self.kept_bytes += other.kept_bytes;
    }
}
