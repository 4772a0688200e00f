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
pub struct Notes(Mutex<BTreeMap<u32, (Principal, Note)>>);

impl Notes {
    /// Keeps a note of somebody.
    pub fn add(&self, owner: Principal, text: String) -> Note {
        let mut notes = self.lock();
        let id = notes.keys().last().map_or(1, |last| last + 1);
        let note = Note { id, owner: owner.subject().unwrap_or("nobody").to_owned(), text };
        notes.insert(id, (owner, note.clone()));
        note
    }

    /// Whether a note is somebody's. A subject alone does not say who somebody is: its issuer belongs to it.
    pub fn is_of(&self, id: u32, principal: &Principal) -> bool {
        self.lock().get(&id).is_some_and(|(owner, _)| owner.is_same_as(principal))
    }

    /// The notes of somebody.
    pub fn of(&self, principal: &Principal) -> Vec<Note> {
        let notes = self.lock();
        notes.values().filter(|(owner, _)| owner.is_same_as(principal)).map(|(_, note)| note.clone()).collect()
    }

    /// The notes of everybody.
    pub fn all(&self) -> Vec<Note> {
        self.lock().values().map(|(_, note)| note.clone()).collect()
    }

    /// A note.
    pub fn find(&self, id: u32) -> Option<Note> {
        self.lock().get(&id).map(|(_, note)| note.clone())
    }

    /// Deletes a note.
    pub fn delete(&self, id: u32) {
        self.lock().remove(&id);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<u32, (Principal, Note)>> {
        // Nothing is left half-done in it by who panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
