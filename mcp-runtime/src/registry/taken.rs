//! The keys that are taken while items are bound.

use super::table::Places;
use crate::call::Location;

/// Who has which key, and where it was declared. Templates are there with their patterns, too, and as they were written.
#[derive(Default)]
pub(super) struct Taken {
    all: Vec<(String, Location)>,
    /// Which of these was the last to take a key of a kind.
    by_key: Places,
}

impl Taken {
    /// Takes a key; gives back who had it: how that was written, and where it was declared.
    pub(super) fn take(&mut self, kind: &str, key: &str, written: &str, at: Location) -> Option<(String, Location)> {
        let before = self.by_key.insert(format!("{kind} {key}").into(), self.all.len());
        self.all.push((written.to_owned(), at));
        before.map(|before| self.all[before].clone())
    }
}
