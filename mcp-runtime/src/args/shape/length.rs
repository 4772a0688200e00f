//! How many there may be.

/// How many there may be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Length {
    pub(super) min: Option<u64>,
    pub(super) max: Option<u64>,
}

impl Length {
    pub(super) fn holds(self, length: u64) -> bool {
        self.min.is_none_or(|min| length >= min) && self.max.is_none_or(|max| length <= max)
    }

    pub(super) fn is_any(self) -> bool {
        self.min.is_none() && self.max.is_none()
    }
}

impl std::fmt::Display for Length {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.min, self.max) {
            (Some(min), Some(max)) if min == max => write!(f, "of length {min}"),
            (Some(min), Some(max)) => write!(f, "of length {min} to {max}"),
            (Some(min), None) => write!(f, "of length {min} or more"),
            (None, Some(max)) => write!(f, "of length {max} or less"),
            (None, None) => f.write_str("of any length"),
        }
    }
}
