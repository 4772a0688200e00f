//! How deep a value lies.

/// What is open around a value: for each object or array a bit, the innermost last, behind a bit that is always set.
pub(super) struct Nest {
    innermost: u64,
    /// Those beyond the innermost 63, in words of as many.
    outer: Vec<u64>,
}

impl Default for Nest {
    fn default() -> Self {
        Self { innermost: 1, outer: Vec::new() }
    }
}

impl Nest {
    /// A value has been opened.
    #[inline]
    pub(super) fn enter(&mut self, is_object: bool) {
        if self.innermost >> 63 == 1 {
            self.outer.push(self.innermost);
            self.innermost = 1;
        }
        self.innermost = self.innermost << 1 | u64::from(is_object);
    }

    /// The innermost has been closed.
    #[inline]
    pub(super) fn leave(&mut self) {
        self.innermost >>= 1;
        if self.innermost == 1 {
            self.innermost = self.outer.pop().unwrap_or(1);
        }
    }

    /// Whether the innermost is an object. `None` where nothing is open.
    #[inline]
    pub(super) fn is_in_object(&self) -> Option<bool> {
        (self.innermost > 1).then_some(self.innermost & 1 == 1)
    }
}
