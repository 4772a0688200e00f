//! The notes, in memory.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use mcp_runtime::Principal;
use schemars::JsonSchema;
use serde::Serialize;

/// A note, as its readers see it.
#[derive(Clone, Serialize, JsonSchema)]
pub struct Note {
    id: u32,
    owner: String,
    pub text: String,
}

/// All notes, and whose they are.
#[derive(Default)]
pub struct Notes(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    notes: BTreeMap<u32, (Principal, Note)>,
    /// The id that was given last. None is given twice: an answer that is remembered ("always allow to delete the note 1") holds for
    /// the id, and must not hold for another note. Answers are forgotten with the notes, when the program ends.
    last: u32,
}

impl Notes {
    /// Keeps a note of somebody.
    pub fn add(&self, owner: Principal, text: String) -> Note {
        let mut kept = self.lock();
        let id = kept.last + 1;
        kept.last = id;
        let note = Note { id, owner: owner.subject().unwrap_or("nobody").to_owned(), text };
        kept.notes.insert(id, (owner, note.clone()));
        note
    }

    /// Whether a note is somebody's. A subject alone does not say who somebody is: its issuer belongs to it.
    pub fn is_of(&self, id: u32, principal: &Principal) -> bool {
        self.lock().notes.get(&id).is_some_and(|(owner, _)| owner.is_same_as(principal))
    }

    /// The notes of somebody.
    pub fn of(&self, principal: &Principal) -> Vec<Note> {
        let kept = self.lock();
        kept.notes.values().filter(|(owner, _)| owner.is_same_as(principal)).map(|(_, note)| note.clone()).collect()
    }

    /// The notes of everybody.
    pub fn all(&self) -> Vec<Note> {
        self.lock().notes.values().map(|(_, note)| note.clone()).collect()
    }

    /// A note.
    pub fn find(&self, id: u32) -> Option<Note> {
        self.lock().notes.get(&id).map(|(_, note)| note.clone())
    }

    /// Deletes a note.
    pub fn delete(&self, id: u32) {
        self.lock().notes.remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing is left half-done in it by who panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_id_is_given_twice() {
        let (notes, ada) = (Notes::default(), Principal::new("ada"));
        let add = || notes.add(ada.clone(), "Buy tea".to_owned()).id;
        assert_eq!((add(), add()), (1, 2));
        notes.delete(2);
        assert_eq!(add(), 3);
    }
}
