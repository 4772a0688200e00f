//! What a call has asked, and what it was told.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mcp_proto::wire::RpcError;
use serde_json::value::RawValue;

use super::journal::{Journal, Unsealed};
use super::question::AskError;
use crate::call::{Capability, Ctx};

/// How often an answer may not fit before the handler is told so.
pub(super) const TRIES: u32 = 3;

/// What a call has asked, and what it was told. Made when a call first asks: calls that ask nothing have none.
pub(crate) struct Dialogue(Mutex<State>);

struct State {
    journal: Journal,
    /// The answers that came with the request.
    responses: HashMap<String, Box<RawValue>>,
    /// Whether the request goes on with an earlier round, which says what was asked.
    goes_on: bool,
    /// What is asked in this round, as the JSON of requests.
    open: BTreeMap<String, String>,
    /// The keys that were used in this round.
    used: HashSet<String>,
    steps_running: usize,
    end: Option<End>,
    /// How many questions wait for a client that is there, since when one has, and how long they have in all.
    waiting: usize,
    waiting_since: Option<Instant>,
    waited: Duration,
}

/// Why a call ends without its handler.
#[derive(Clone, Debug)]
pub(crate) enum End {
    /// The client did not declare what a question needs.
    Missing(Capability),
    /// The request is wrong.
    Refused(RpcError),
    /// The handler is wrong; what it did is for the log.
    Mistaken(String),
}

/// What is to become of a call that waits.
pub(crate) enum Verdict {
    End(End),
    /// It has asked: the members `inputRequests` and `requestState`, rendered.
    Suspend(String),
}

impl Dialogue {
    /// Takes up what the request brings from earlier rounds.
    pub(crate) fn open(ctx: &Ctx) -> Self {
        let inner = ctx.inner();
        let (mut journal, mut end) = (Journal::default(), None);
        let state = inner.request.request_state().filter(|_| ctx.protocol().is_stateless());
        if let Some(state) = state {
            match Journal::open(ctx, state) {
                Some(earlier) => journal = earlier,
                None => {
                    let why = "Invalid params: this `requestState` was not given out for this call, or is too old; \
                               call without it to begin again";
                    end = Some(End::Refused(RpcError::invalid_params(why)));
                }
            }
        }
        let responses = inner.request.input_responses().unwrap_or("{}");
        Self(Mutex::new(State {
            journal,
            // A key given twice makes it none of ours.
            responses: serde_json::from_str(responses).unwrap_or_default(),
            goes_on: state.is_some(),
            open: BTreeMap::new(),
            used: HashSet::new(),
            steps_running: 0,
            end,
            waiting: 0,
            waiting_since: None,
            waited: Duration::ZERO,
        }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // What the lock guards is changed by our own code alone, which does not panic half-way.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The call ends without its handler.
    pub(super) fn end(&self, end: End) {
        self.lock().end.get_or_insert(end);
    }

    /// Takes a key for a question or a step: each has its own.
    pub(super) fn take_key(&self, key: &str) -> Result<(), AskError> {
        if self.lock().used.insert(key.to_owned()) { Ok(()) } else { Err(AskError::AskedTwice(key.to_owned())) }
    }

    /// The answer to a question, if there is one: from an earlier round, or come with this one.
    pub(super) fn answer(&self, key: &str) -> Option<Box<RawValue>> {
        let state = self.lock();
        let expected = !state.goes_on || state.journal.asked.contains(key);
        let fresh = state.responses.get(key).filter(|_| expected);
        fresh.or_else(|| state.journal.answers.get(key)).cloned()
    }

    /// The answer was used, and will be in later rounds.
    pub(super) fn keep_answer(&self, key: &str, answer: Box<RawValue>) {
        self.lock().journal.answers.insert(key.to_owned(), answer);
    }

    /// The answer did not fit. Whether to ask again.
    pub(super) fn note_misfit(&self, key: &str) -> bool {
        let mut state = self.lock();
        state.responses.remove(key);
        state.journal.answers.remove(key);
        let misfits = state.journal.misfits.entry(key.to_owned()).or_default();
        *misfits += 1;
        *misfits < TRIES
    }

    /// A question is open from now on.
    pub(super) fn ask(&self, key: &str, request: String) {
        self.lock().open.insert(key.to_owned(), request);
    }

    /// Nobody waits for its answer any more; the key is free again.
    pub(super) fn withdraw(&self, key: &str) {
        let mut state = self.lock();
        state.open.remove(key);
        state.used.remove(key);
    }

    /// What a step gave in an earlier round.
    pub(super) fn step(&self, key: &str) -> Option<Box<RawValue>> {
        self.lock().journal.steps.get(key).cloned()
    }

    /// What a step gave, for later rounds.
    pub(super) fn keep_step(&self, key: &str, value: Box<RawValue>) {
        self.lock().journal.steps.insert(key.to_owned(), value);
    }

    /// A step begins: until it ends the call is not suspended, so that an effect is never made and forgotten.
    pub(super) fn begin_step(&self) {
        self.lock().steps_running += 1;
    }

    pub(super) fn end_step(&self) {
        self.lock().steps_running -= 1;
    }

    /// A question waits for a client that is there: the call's own time stands still.
    pub(super) fn begin_waiting(&self) {
        let mut state = self.lock();
        state.waiting += 1;
        state.waiting_since.get_or_insert_with(Instant::now);
    }

    pub(super) fn end_waiting(&self) {
        let mut state = self.lock();
        state.waiting -= 1;
        if state.waiting == 0
            && let Some(since) = state.waiting_since.take()
        {
            state.waited += since.elapsed();
        }
    }

    /// For how long questions have waited; `None` while one does.
    pub(crate) fn waited(&self) -> Option<Duration> {
        let state = self.lock();
        (state.waiting == 0).then_some(state.waited)
    }

    /// What is to become of a call that waits; `None` where it simply waits.
    pub(crate) fn verdict(&self, ctx: &Ctx) -> Option<Verdict> {
        let mut state = self.lock();
        if let Some(end) = state.end.clone() {
            return Some(Verdict::End(end));
        }
        if state.open.is_empty() || state.steps_running > 0 {
            return None;
        }
        let requests: Vec<String> =
            state.open.iter().map(|(key, request)| format!("{}:{request}", json(key))).collect();
        state.journal.asked = state.open.keys().cloned().collect();
        Some(match state.journal.seal(ctx) {
            Ok(sealed) => Verdict::Suspend(format!(
                r#""inputRequests":{{{}}},"requestState":{}"#,
                requests.join(","),
                json(&sealed)
            )),
            Err(Unsealed::TooLarge(bytes)) => {
                Verdict::End(End::Mistaken(format!("what it keeps from round to round has {bytes} bytes, too many")))
            }
            Err(Unsealed::NoRandomness) => {
                Verdict::End(End::Mistaken("the system has no randomness to give".to_owned()))
            }
        })
    }
}

fn json(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
