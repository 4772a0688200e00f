//! A message's bytes, shared, and places in them.

use bytes::Bytes;

/// One JSON-RPC message as it came off the wire. Cloning shares the bytes.
#[derive(Clone, Debug, Default)]
pub struct Frame(Bytes);

impl Frame {
    /// Takes the bytes of one message.
    pub fn new(bytes: impl Into<Bytes>) -> Self {
        Self(bytes.into())
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes at `span`; nothing where the span does not lie in this frame.
    pub fn at(&self, span: Span) -> &[u8] {
        self.0.get(span.range()).unwrap_or_default()
    }

    /// The text at `span`; empty where it is not text. The decoder makes spans of valid UTF-8 only.
    pub fn text(&self, span: Span) -> &str {
        std::str::from_utf8(self.at(span)).unwrap_or_default()
    }

    /// A part of this frame as a frame of its own, sharing the bytes.
    pub(crate) fn part(&self, span: Span) -> Self {
        Self(self.0.slice(span.range()))
    }
}

/// A place in a [`Frame`], in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    pub(super) fn new(start: usize, end: usize) -> Self {
        // Frames are bounded far below 4 GiB by every transport's message limit.
        Self { start: start as u32, end: end as u32 }
    }

    /// The same place of something that begins at `to`, and began at `from` before.
    #[inline]
    pub(super) fn moved(self, from: usize, to: usize) -> Self {
        Self::new(self.start as usize - from + to, self.end as usize - from + to)
    }

    /// The text at this place of `text`; nothing where it does not lie there.
    pub(super) fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }

    pub(super) fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }

    /// The length in bytes.
    pub fn len(self) -> usize {
        (self.end - self.start) as usize
    }

    /// Whether the span covers nothing.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The span without its first and last byte: the inside of a JSON string.
    pub(crate) fn inner(self) -> Self {
        Self { start: self.start + 1, end: self.end - 1 }
    }
}
