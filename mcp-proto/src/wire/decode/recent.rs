//! What a client says of itself in `_meta`, read once.
//!
//! In 2026-07-28 each request tells the revision and what its client is (`basic#meta`), and a program tells it in the same bytes
//! each time. The bytes that were read last are kept for each thread, with what was found in them. They are an object, of
//! which the end is in it; so a message that goes on with these bytes has the same there, and nobody has to read it again.

use std::cell::RefCell;

use super::super::scan::{Malformed, Scanner};
use super::object::{Object, Shape};
use super::params::MetaFields;

/// The most bytes that are kept.
const LONGEST: usize = 1024;

/// An `_meta`, and where in it what stands.
struct Recent {
    length: usize,
    json: [u8; LONGEST],
    /// Where it began, and what was found from there on.
    start: usize,
    fields: MetaFields,
}

thread_local! {
    static RECENT: RefCell<Recent> =
        const { RefCell::new(Recent { length: 0, json: [0; LONGEST], start: 0, fields: MetaFields::NONE }) };
}

impl Object<MetaFields> {
    /// Walks over the `_meta` that comes next. Whether it comes for the first time.
    #[inline]
    pub(super) fn walk_meta(&mut self, scanner: &mut Scanner<'_>) -> Result<bool, Malformed> {
        if self.shape == Shape::Absent
            && let Some(length) = self.recall(scanner)
        {
            self.shape = Shape::Object;
            scanner.skip(length);
            return Ok(true);
        }
        self.read_meta(scanner)
    }

    /// Fills in what was found in the same bytes before, and how many they are.
    #[inline]
    fn recall(&mut self, scanner: &Scanner<'_>) -> Option<usize> {
        RECENT.with_borrow(|recent| {
            let json = recent.json.get(..recent.length).filter(|json| !json.is_empty())?;
            if !scanner.rest().starts_with(json) {
                return None;
            }
            self.members = recent.fields.moved(recent.start, scanner.at());
            Some(json.len())
        })
    }

    /// Walks over it, and keeps it where it may come again: tokens of progress and members of others are new each time.
    #[cold]
    #[inline(never)]
    fn read_meta(&mut self, scanner: &mut Scanner<'_>) -> Result<bool, Malformed> {
        let json = scanner.rest();
        let start = scanner.at();
        let is_first = self.walk(scanner)?;
        let length = scanner.at() - start;
        if is_first && self.shape == Shape::Object && !self.is_ambiguous && self.members.may_come_again() {
            RECENT.with_borrow_mut(|recent| {
                let Some((to, from)) = recent.json.get_mut(..length).zip(json.get(..length)) else { return };
                to.copy_from_slice(from);
                (recent.length, recent.start, recent.fields) = (length, start, self.members);
            });
        }
        Ok(is_first)
    }
}
