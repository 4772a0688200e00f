//! Requests that we have received and not yet answered.

use std::collections::HashMap;

use super::event::CallKey;
use crate::hash::Fold;
use crate::wire::{Id, Reply};

/// So many calls in flight are looked through one by one, which takes less than looking into tables.
const FEW: usize = 8;

/// Calls in flight, and the batches that wait for some of them.
#[derive(Debug, Default)]
pub(super) struct Inbound {
    last: u64,
    /// A few of the calls: all of them, as most often.
    few: Vec<InFlight>,
    /// Made once there is something to be in it, so that what most connections need lies close together.
    rest: Option<Box<Rest>>,
}

/// What few connections have.
#[derive(Debug, Default)]
struct Rest {
    /// The calls beyond a few, by id and by key.
    by_id: HashMap<Id, CallKey, Fold>,
    calls: HashMap<CallKey, InFlight, Fold>,
    batches: HashMap<u64, Batch, Fold>,
}

#[derive(Debug)]
struct InFlight {
    key: CallKey,
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
        self.few.len() + self.rest.as_ref().map_or(0, |rest| rest.calls.len())
    }

    pub(super) fn has(&self, key: CallKey) -> bool {
        self.few.iter().any(|call| call.key == key)
            || self.rest.as_ref().is_some_and(|rest| rest.calls.contains_key(&key))
    }

    /// `None` where a request of this id is being served already.
    pub(super) fn begin(&mut self, id: &Id, batch: Option<u64>) -> Option<CallKey> {
        if self.key_of(id).is_some() {
            return None;
        }
        self.last += 1;
        let key = CallKey(self.last);
        let call = InFlight { key, id: id.clone(), batch };
        if self.few.len() < FEW {
            self.few.push(call);
        } else {
            self.add_to_many(call);
        }
        if let Some(batch) = batch {
            self.hold_open(batch);
        }
        Some(key)
    }

    #[cold]
    fn add_to_many(&mut self, call: InFlight) {
        let rest = self.rest();
        rest.by_id.insert(call.id.clone(), call.key);
        rest.calls.insert(call.key, call);
    }

    #[cold]
    fn hold_open(&mut self, batch: u64) {
        self.rest().batches.entry(batch).or_default().open += 1;
    }

    fn rest(&mut self) -> &mut Rest {
        self.rest.get_or_insert_default()
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
        let key = self.key_of(id)?;
        let call = self.remove(key)?;
        Some((key, call.batch.and_then(|batch| self.close(batch, None))))
    }

    pub(super) fn open_batch(&mut self) -> u64 {
        self.last += 1;
        // Held open by one until all its messages have been looked at.
        let batch = self.last;
        self.rest().batches.insert(batch, Batch { open: 1, answers: Vec::new() });
        batch
    }

    /// Adds an answer to a batch without a call, or closes one of its calls.
    pub(super) fn add_to_batch(&mut self, batch: u64, answer: Vec<u8>) {
        if let Some(batch) = self.rest().batches.get_mut(&batch) {
            batch.answers.push(answer);
        }
    }

    #[cold]
    pub(super) fn close(&mut self, number: u64, answer: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let batches = &mut self.rest.as_mut()?.batches;
        let batch = batches.get_mut(&number)?;
        batch.answers.extend(answer);
        batch.open -= 1;
        if batch.open > 0 {
            return None;
        }
        let answers = batches.remove(&number)?.answers;
        if answers.is_empty() {
            return None;
        }
        let mut array = vec![b'['];
        array.extend(answers.join(&b","[..]));
        array.push(b']');
        Some(array)
    }

    fn key_of(&self, id: &Id) -> Option<CallKey> {
        let one = self.few.iter().find(|call| call.id == *id);
        one.map(|call| call.key).or_else(|| key_among_many(self.rest.as_ref()?, id))
    }

    fn remove(&mut self, key: CallKey) -> Option<InFlight> {
        if let Some(at) = self.few.iter().position(|call| call.key == key) {
            return Some(self.few.swap_remove(at));
        }
        self.remove_from_many(key)
    }

    #[cold]
    fn remove_from_many(&mut self, key: CallKey) -> Option<InFlight> {
        let rest = self.rest.as_mut()?;
        let call = rest.calls.remove(&key)?;
        rest.by_id.remove(&call.id);
        Some(call)
    }
}

#[cold]
fn key_among_many(rest: &Rest, id: &Id) -> Option<CallKey> {
    rest.by_id.get(id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_found_by_key_and_by_id_however_many_there_are() {
        let mut inbound = Inbound::default();
        let id = |number: usize| {
            if number.is_multiple_of(2) { Id::Number(number as i64) } else { Id::String(number.to_string().into()) }
        };
        let most = 3 * FEW;
        let mut keys: Vec<_> = (0..most).map(|number| inbound.begin(&id(number), None)).collect();
        assert!(keys.iter().all(Option::is_some));
        for round in 0..most {
            assert_eq!(inbound.len(), most);
            assert!((0..most).all(|number| inbound.begin(&id(number), None).is_none()), "each is in flight");
            assert!(keys.iter().flatten().all(|key| inbound.has(*key)));
            // From both ends, so that some of the few and some of the others go, and come again.
            let number = if round.is_multiple_of(2) { round } else { most - round };
            let (key, rest) = inbound.cancel(&id(number)).expect("it is in flight");
            assert_eq!((Some(key), rest, inbound.has(key)), (keys[number], None, false));
            assert!(inbound.cancel(&id(number)).is_none());
            keys[number] = inbound.begin(&id(number), None);
            assert!(keys[number].is_some_and(|again| again != key));
        }
        for key in keys.into_iter().flatten() {
            let reply = Reply::error(&Id::Number(0), &crate::wire::RpcError::internal());
            assert!(inbound.end(key, reply).is_some() && !inbound.has(key));
        }
        assert_eq!(inbound.len(), 0);
    }
}
