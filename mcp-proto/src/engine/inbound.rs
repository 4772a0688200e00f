//! Requests that we have received and not yet answered.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use super::event::CallKey;
use crate::hash::Fold;
use crate::wire::{Id, Reply};

/// Calls in flight, by id and by key, and the batches that wait for some of them.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    last: u64,
    by_id: HashMap<Id, CallKey, Fold>,
    calls: HashMap<CallKey, InFlight, Fold>,
    batches: HashMap<u64, Batch>,
}

#[derive(Debug)]
struct InFlight {
    id: Id,
    batch: Option<u64>,
}

/// Answers that go out together.
#[derive(Debug, Default)]
struct Batch {
    open: usize,
    answers: Vec<Vec<u8>>,
}

impl Inbound {
    pub(super) fn len(&self) -> usize {
        self.calls.len()
    }

    pub(super) fn has(&self, key: CallKey) -> bool {
        self.calls.contains_key(&key)
    }

    /// `None` where a request of this id is being served already.
    pub(super) fn begin(&mut self, id: &Id, batch: Option<u64>) -> Option<CallKey> {
        let Entry::Vacant(place) = self.by_id.entry(id.clone()) else { return None };
        self.last += 1;
        let key = CallKey(self.last);
        place.insert(key);
        self.calls.insert(key, InFlight { id: id.clone(), batch });
        if let Some(batch) = batch {
            self.batches.entry(batch).or_default().open += 1;
        }
        Some(key)
    }

    /// Ends a call. Gives back what is to be sent: nothing for a call that was cancelled, the answer, or, for the
    /// last call of a batch, all its answers.
    pub(super) fn end(&mut self, key: CallKey, reply: Reply) -> Option<Vec<u8>> {
        let call = self.remove(key)?;
        match call.batch {
            None => Some(reply.into_bytes()),
            Some(batch) => self.close(batch, Some(reply.into_bytes())),
        }
    }

    /// Forgets a call; gives back its key, and what is left to send of its batch.
    pub(super) fn cancel(&mut self, id: &Id) -> Option<(CallKey, Option<Vec<u8>>)> {
        let key = *self.by_id.get(id)?;
        let call = self.remove(key)?;
        Some((key, call.batch.and_then(|batch| self.close(batch, None))))
    }

    pub(super) fn open_batch(&mut self) -> u64 {
        self.last += 1;
        // Held open by one until all its messages have been looked at.
        self.batches.insert(self.last, Batch { open: 1, answers: Vec::new() });
        self.last
    }

    /// Adds an answer to a batch without a call, or closes one of its calls.
    pub(super) fn add_to_batch(&mut self, batch: u64, answer: Vec<u8>) {
        if let Some(batch) = self.batches.get_mut(&batch) {
            batch.answers.push(answer);
        }
    }

    pub(super) fn close(&mut self, number: u64, answer: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let batch = self.batches.get_mut(&number)?;
        batch.answers.extend(answer);
        batch.open -= 1;
        if batch.open > 0 {
            return None;
        }
        let answers = self.batches.remove(&number)?.answers;
        if answers.is_empty() {
            return None;
        }
        let mut array = vec![b'['];
        array.extend(answers.join(&b","[..]));
        array.push(b']');
        Some(array)
    }

    fn remove(&mut self, key: CallKey) -> Option<InFlight> {
        let call = self.calls.remove(&key)?;
        self.by_id.remove(&call.id);
        Some(call)
    }
}
