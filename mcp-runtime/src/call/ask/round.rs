//! The record of a round: the same round, sent again, has the same answer (`basic/patterns/mrtr`).

use std::collections::BTreeMap;
use std::future::Future as _;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::Duration;

use bytes::Bytes;
use mcp_proto::wire::{Code, Id, Kind, Reply, RpcError};
use serde_json::value::RawValue;
use tokio::runtime::Handle;
use tokio::sync::Mutex;

use super::canonical::canonical;
use super::duplicates::Duplicates;
use crate::background::background;
use crate::call::Ctx;
use crate::store::Backend;
use crate::vault::fingerprint;

/// How much of a `requestState` names its round: what was drawn at random for it. That the rest belongs to it was found
/// when it was opened.
const NAME: usize = 44;

/// The longest answer that is kept. A round with a longer one is run again, but for its steps.
const LONGEST: usize = 1024 * 1024;

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

/// What is known of a round.
#[derive(Clone, Debug)]
struct Record {
    /// A fingerprint of the client's answers, in one way of writing them. They are only compared: the client sends them again.
    /// One that makes others of the same fingerprint is given its own answer again, and gains nothing.
    answers: String,
    /// Whether somebody runs it right now.
    running: bool,
    /// What steps gave that are taken once, by key.
    steps: BTreeMap<String, Box<RawValue>>,
    reply: Option<Kept>,
}

/// An answer that was given.
#[derive(Clone, Debug)]
struct Kept {
    kind: Kind,
    outcome: String,
}

/// What becomes of a round that has come.
pub(crate) enum Entered {
    /// It is to be run; what its steps have given is known.
    Run(Arc<Round>, BTreeMap<String, Box<RawValue>>),
    /// It was run, and this is its answer. Or it must not be run.
    Answer(Reply),
}

impl Round {
    /// Enters the round that a call goes on with, once nobody else is in it.
    pub(crate) async fn enter(ctx: Ctx) -> Entered {
        let request = &ctx.inner().request;
        let (store, keep) = (Arc::clone(&ctx.scope().shared.store), ctx.scope().shared.asking.expiry);
        let state = request.request_state().unwrap_or_default();
        let key = format!("round/{}", state.get(..NAME).unwrap_or(state));
        let mut answers = String::new();
        canonical(&mut answers, request.input_responses().unwrap_or("{}"), 0);
        let answers = fingerprint(answers.as_bytes());
        let owner: Box<str> = ctx.inner().caller.owner().into();
        let fresh = Record { answers, running: true, steps: BTreeMap::new(), reply: None };
        let mut seen: Option<Bytes> = None;
        loop {
            let known = seen.as_deref().and_then(Record::read);
            // Nothing has come of a round that was left without a step: it may be sent with better answers.
            let known = known.filter(|known| known.running || known.reply.is_some() || !known.steps.is_empty());
            if let (Some(known), Some(before)) = (&known, &seen) {
                // Whatever becomes of it: it may have been cancelled this moment.
                if known.running {
                    match Duplicates::wait(&ctx.scope().shared.duplicates, &key, &ctx.inner().caller.outlet) {
                        Ok(_waits) => seen = store.changed(&key, before).await,
                        Err(refused) => return Entered::Answer(Reply::error(&request.id, &refused)),
                    }
                    continue;
                }
                if known.answers != fresh.answers {
                    return Entered::Answer(other_answers(&request.id));
                }
                if let Some(kept) = &known.reply {
                    return Entered::Answer(kept.reply(&request.id));
                }
            }
            let record = Record { running: true, ..known.unwrap_or_else(|| fresh.clone()) };
            let stored = record.bytes();
            match store.swap(&key, &owner, seen.as_ref(), Some(stored.clone()), keep).await {
                Ok(()) => {
                    let steps = record.steps.clone();
                    let current = Mutex::new(Current { record, stored: Some(stored) });
                    return Entered::Run(Arc::new(Self { key, owner, store, keep, current }), steps);
                }
                Err(there) => seen = there,
            }
        }
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

impl Record {
    // A list, which is read with a third of the code that an object with names takes.

    fn read(bytes: &[u8]) -> Option<Self> {
        let (answers, running, steps, reply) = serde_json::from_str(std::str::from_utf8(bytes).ok()?).ok()?;
        let reply: Option<(u8, i64, String)> = reply;
        let reply = reply.map(|(kind, code, outcome)| {
            let kind = match kind {
                0 => Kind::Result,
                1 => Kind::ToolError,
                2 => Kind::InputRequired,
                _ => Kind::Error(Code(code)),
            };
            Kept { kind, outcome }
        });
        Some(Self { answers, running, steps, reply })
    }

    fn bytes(&self) -> Bytes {
        let Self { answers, running, steps, reply } = self;
        let reply = reply.as_ref().map(|Kept { kind, outcome }| {
            let (kind, code) = match kind {
                Kind::Result => (0_u8, 0),
                Kind::ToolError => (1, 0),
                Kind::InputRequired => (2, 0),
                Kind::Error(code) => (3, code.0),
            };
            (kind, code, outcome)
        });
        // Texts and JSON always serialize.
        serde_json::to_vec(&(answers, running, steps, reply)).unwrap_or_default().into()
    }
}

impl Kept {
    fn new(id: &Id, reply: &Reply) -> Option<Self> {
        let outcome = reply.outcome(id).filter(|outcome| outcome.len() <= LONGEST)?;
        Some(Self { kind: reply.kind(), outcome: String::from_utf8(outcome.to_vec()).ok()? })
    }

    fn reply(&self, id: &Id) -> Reply {
        Reply::again(id, self.outcome.as_bytes(), self.kind)
    }
}

fn other_answers(id: &Id) -> Reply {
    let why = "Invalid params: this `requestState` has come before, with other `inputResponses`; \
               call without it to begin again";
    Reply::error(id, &RpcError::invalid_params(why))
}

#[cfg(test)]
mod tests {
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

        fn changed<'a>(&'a self, key: &'a str, from: &'a Bytes) -> Pending<'a, Option<Bytes>> {
            self.0.changed(key, from)
        }
    }

    #[tokio::test]
    async fn a_round_that_is_left_is_released_however_long_its_store_takes() {
        let store: Arc<dyn Backend> = Arc::new(Slow(Memory::new(&Budget::new(usize::MAX))));
        let keep = Duration::from_secs(60);
        let record = Record { answers: String::new(), running: true, steps: BTreeMap::new(), reply: None };
        let stored = record.bytes();
        store.swap("round", "", None, Some(stored.clone()), keep).await.expect("nothing is there");
        let current = Mutex::new(Current { record, stored: Some(stored.clone()) });
        let round = Round { key: "round".to_owned(), owner: "".into(), store: Arc::clone(&store), keep, current };
        Arc::new(round).leave();
        let left = tokio::time::timeout(keep, store.changed("round", &stored)).await.expect("it is released");
        assert!(!Record::read(&left.expect("it is there")).expect("a record").running);
    }
}
