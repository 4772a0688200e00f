//! The record of a round: the same round, sent again, has the same answer (`basic/patterns/mrtr`).

use std::future::Future as _;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use mcp_proto::wire::{Id, Reply};
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::record::{Kept, Record};
use crate::background::background;
use crate::store::Backend;

/// A round that is being run, here and nowhere else.
pub(crate) struct Round {
    key: String,
    /// Whose it is, as far as that is known.
    owner: Box<str>,
    store: Arc<dyn Backend>,
    keep: Duration,
    current: Mutex<Current>,
}

struct Current {
    record: Record,
    /// The record as the store has it; `None` where it has forgotten it.
    stored: Option<Bytes>,
}

impl Round {
    /// A round that is run from now on, and that the store knows of.
    pub(super) fn new(
        key: String,
        owner: Box<str>,
        store: Arc<dyn Backend>,
        keep: Duration,
        record: Record,
        stored: Bytes,
    ) -> Self {
        Self { key, owner, store, keep, current: Mutex::new(Current { record, stored: Some(stored) }) }
    }

    /// Records what a step has given, before anybody goes on with it.
    pub(crate) async fn keep_step(&self, key: &str, value: &RawValue) {
        let mut current = self.current.lock().await;
        current.record.steps.insert(key.to_owned(), value.to_owned());
        self.store(&mut current).await;
    }

    /// Records the round's answer, before it is given.
    pub(crate) async fn keep_reply(&self, id: &Id, reply: &Reply) {
        let mut current = self.current.lock().await;
        current.record.running = false;
        current.record.reply = Kept::new(id, reply);
        self.store(&mut current).await;
    }

    /// Leaves the round without an answer: whoever sends it again runs it.
    pub(crate) fn leave(self: Arc<Self>) {
        let mut leaving = Box::pin(async move {
            let mut current = self.current.lock().await;
            current.record.running = false;
            self.store(&mut current).await;
        });
        // A store in memory is done at once. Another is waited for by a task: nobody else does, and those who have sent the
        // round again would wait for ever.
        if leaving.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending()
            && let Ok(runtime) = Handle::try_current()
        {
            runtime.spawn(background(leaving));
        }
    }

    async fn store(&self, current: &mut Current) {
        let to = current.record.bytes();
        while let Err(there) =
            self.store.swap(&self.key, &self.owner, current.stored.as_ref(), Some(to.clone()), self.keep).await
        {
            if there.is_some() {
                // The record was forgotten, for lack of room, and somebody else has begun another.
                return;
            }
            current.stored = None;
        }
        current.stored = Some(to);
    }
}

#[cfg(test)]
mod tests {
    use super::super::values::Values;
    use super::*;
    use crate::budget::Budget;
    use crate::store::{Memory, Pending};

    /// A store that takes its time.
    #[derive(Debug)]
    struct Slow(Memory);

    impl Backend for Slow {
        fn swap<'a>(
            &'a self,
            key: &'a str,
            owner: &'a str,
            from: Option<&'a Bytes>,
            to: Option<Bytes>,
            keep: Duration,
        ) -> Pending<'a, Result<(), Option<Bytes>>> {
            Box::pin(async move {
                for _ in 0..3 {
                    tokio::task::yield_now().await;
                }
                self.0.swap(key, owner, from, to, keep).await
            })
        }

        fn held(&self) -> (u64, u64) {
            self.0.held()
        }

        fn changed<'a>(&'a self, key: &'a str, from: &'a Bytes) -> Pending<'a, Option<Bytes>> {
            self.0.changed(key, from)
        }
    }

    #[tokio::test]
    async fn a_round_that_is_left_is_released_however_long_its_store_takes() {
        let store: Arc<dyn Backend> = Arc::new(Slow(Memory::new(&Budget::new(usize::MAX))));
        let keep = Duration::from_secs(60);
        let record = Record { answers: String::new(), running: true, steps: Values::default(), reply: None };
        let stored = record.bytes();
        store.swap("round", "", None, Some(stored.clone()), keep).await.expect("nothing is there");
        let round = Round::new("round".to_owned(), "".into(), Arc::clone(&store), keep, record, stored.clone());
        Arc::new(round).leave();
        let left = tokio::time::timeout(keep, store.changed("round", &stored)).await.expect("it is released");
        assert!(!Record::read(&left.expect("it is there")).expect("a record").running);
    }
}
