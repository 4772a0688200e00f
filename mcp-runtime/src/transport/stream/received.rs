//! What was read of a peer.

use bytes::Bytes;
use mcp_proto::wire::Skimmer;

/// What a [`Transport`](super::Transport) has read.
///
/// ```
/// use mcp_runtime::transport::Received;
///
/// let received = Received::from(String::from(r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#));
/// assert!(matches!(received, Received::Message(message) if message.len() == 40));
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum Received {
    /// One message, or one batch. A message that is longer than allowed is refused here, too.
    Message(Bytes),
    /// A message that was longer than allowed, and was read over.
    TooLong(Oversized),
}

impl From<Bytes> for Received {
    fn from(message: Bytes) -> Self {
        Self::Message(message)
    }
}

impl From<Vec<u8>> for Received {
    fn from(message: Vec<u8>) -> Self {
        Self::Message(message.into())
    }
}

impl From<String> for Received {
    fn from(message: String) -> Self {
        Self::Message(message.into())
    }
}

/// Looks at a message that is too long to be kept, as it passes by: for the id of the request, so that the peer learns which of
/// its requests is refused. It keeps no more than that.
///
/// ```
/// use mcp_runtime::transport::{Oversized, Received};
///
/// let mut oversized = Oversized::default();
/// oversized.feed(br#"{"jsonrpc":"2.0","id":7,"method":"tools/call","#);
/// oversized.feed(br#""params":{"name":"echo","arguments":{"text":"and so on"#);
/// let received = Received::TooLong(oversized);
/// # let _ = received;
/// ```
#[derive(Default)]
pub struct Oversized(Skimmer);

impl Oversized {
    /// Looks at the next bytes of the message.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.0.feed(bytes);
    }

    /// What was seen of it.
    pub(super) fn skimmed(self) -> Skimmer {
        self.0
    }
}

impl From<Skimmer> for Oversized {
    fn from(skimmed: Skimmer) -> Self {
        Self(skimmed)
    }
}

impl std::fmt::Debug for Oversized {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Oversized").finish_non_exhaustive()
    }
}
