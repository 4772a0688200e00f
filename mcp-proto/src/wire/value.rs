//! Values that were found in JSON text.

use super::frame::Span;

/// A value: what it is, and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    pub(super) kind: Kind,
    pub(super) span: Span,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A string without escapes: its bytes are its text.
    Plain,
    /// A string with escapes.
    Escaped,
    Number,
    Bool,
    Null,
    Array,
    Object,
}

impl Value {
    /// The same value in something that begins at `to`, and began at `from` before.
    #[inline]
    pub(super) fn moved(self, from: usize, to: usize) -> Self {
        Self { kind: self.kind, span: self.span.moved(from, to) }
    }

    /// Its JSON, of the text that it was found in.
    pub(super) fn json(self, text: &[u8]) -> &[u8] {
        text.get(self.span.range()).unwrap_or_default()
    }

    /// The bytes of a string without escapes; `None` for anything else.
    pub(super) fn plain(self, text: &[u8]) -> Option<&[u8]> {
        if self.kind == Kind::Plain { text.get(self.span.inner().range()) } else { None }
    }

    /// The string that it is; `None` where it is something else, or holds half of a surrogate pair.
    // Seldom needed, and in many places.
    #[cold]
    #[inline(never)]
    pub(super) fn string(self, text: &[u8]) -> Option<Box<str>> {
        match self.kind {
            Kind::Plain => std::str::from_utf8(self.plain(text)?).ok().map(Into::into),
            Kind::Escaped => serde_json::from_str(std::str::from_utf8(self.json(text)).ok()?).ok(),
            _ => None,
        }
    }
}
