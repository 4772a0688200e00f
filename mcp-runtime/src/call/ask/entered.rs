//! Entering a round: it is run once, and its answer is given to all who send it.

use std::sync::Arc;

use bytes::Bytes;
use mcp_proto::wire::{Id, Reply, RpcError};

use super::canonical::canonical;
use super::record::Record;
use super::round::Round;
use super::values::Values;
use crate::call::Ctx;
use crate::vault::fingerprint;

/// How much of a `requestState` names its round: what was drawn at random for it. That the rest belongs to it was found
/// when it was opened.
const NAME: usize = 44;

/// What becomes of a round that has come.
pub(crate) enum Entered {
    /// It is to be run; what its steps have given is known.
    Run(Arc<Round>, Values),
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
        let fresh = Record { answers, running: true, steps: Values::default(), reply: None };
        let mut seen: Option<Bytes> = None;
        loop {
            let known = seen.as_deref().and_then(Record::read);
            // Nothing has come of a round that was left without a step: it may be sent with better answers.
            let known = known.filter(|known| known.running || known.reply.is_some() || !known.steps.is_empty());
            if let (Some(known), Some(before)) = (&known, &seen) {
                // Whatever becomes of it: it may have been cancelled this moment.
                if known.running {
                    match ctx.scope().shared.duplicates.wait(&key, &*ctx.inner().caller.outlet) {
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
                    let round = Self::new(key, owner, store, keep, record, stored);
                    return Entered::Run(Arc::new(round), steps);
                }
                Err(there) => seen = there,
            }
        }
    }
}

fn other_answers(id: &Id) -> Reply {
    let why = "Invalid params: this `requestState` has come before, with other `inputResponses`; \
               call without it to begin again";
    Reply::error(id, &RpcError::invalid_params(why))
}
