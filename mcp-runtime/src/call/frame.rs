//! Frames: messages as they are sent, without what tells them apart on the way.

use std::ops::Deref;

use bytes::Bytes;
use mcp_proto::engine::CallKey;
use mcp_proto::wire::is_single_line;

/// A message on a single line. The transport adds the line break, or the fields of a server-sent event.
pub(crate) enum Frame {
    /// Of one peer. Not `Bytes`, which would be one more allocation for each answer.
    Own(Vec<u8>),
    /// Of all peers that hear of the same change.
    Shared(Bytes),
}

impl Frame {
    /// The bytes, for whoever writes them.
    pub(crate) fn into_vec(self) -> Vec<u8> {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes.into(),
        }
    }

    /// Gives back the memory that it does not need: it may be kept for long.
    #[cfg(feature = "http")]
    pub(crate) fn shrink(&mut self) {
        if let Self::Own(bytes) = self {
            bytes.shrink_to_fit();
        }
    }
}

impl Deref for Frame {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => bytes,
        }
    }
}

impl From<Vec<u8>> for Frame {
    fn from(frame: Vec<u8>) -> Self {
        debug_assert!(is_single_line(&frame), "a frame of several lines");
        Self::Own(frame)
    }
}

impl From<Bytes> for Frame {
    fn from(frame: Bytes) -> Self {
        debug_assert!(is_single_line(&frame), "a frame of several lines");
        Self::Shared(frame)
    }
}

/// What a frame is, which decides what becomes of it where the peer is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Class {
    /// An answer, or what must arrive as answers do: a question, the acknowledgement of a subscription. It is never dropped.
    Answer,
    /// Progress of a call: a newer one takes its place.
    Progress(CallKey),
    /// A log message: it is dropped, and counted.
    Log,
    /// A change notice: one that waits is not doubled, and the oldest goes.
    Notice,
}
