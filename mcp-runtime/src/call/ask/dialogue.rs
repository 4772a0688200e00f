//! What a call has asked, and what it was told.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use mcp_proto::wire::RpcError;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::journal::{Binding, Journal, Unsealed};
use super::round::Round;
use super::sent::{RenderedQuestion, SentQuestion};
use super::values::Values;
use crate::call::steps::{GoesOn, Steps};
use crate::call::{Capability, Latch};
use crate::json_text;
use crate::lock::Lock;

/// How often an answer may not fit before the handler is told so.
pub(super) const TRIES: u32 = 3;

/// How often a handler may ask by hand in a session before it is taken for one that never ends.
const MOST_ROUNDS: usize = 100;

/// How many questions and steps a call may have in a round.
const MOST_KEYS: usize = 1000;

/// The key of the question whether a call may run. Keys of functions that begin so have another `@` in front.
pub(super) const CONSENT: &str = "@consent";

/// The key of the step that remembers its answer.
pub(super) const CONSENTED: &str = "@consented";

/// Why a question or a step cannot have a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeyError {
    /// Another one has it.
    Twice,
    /// There are as many as a round may have.
    TooMany,
}

impl KeyError {
    /// What the author of the handler has to know.
    pub(super) fn why(self, key: &str) -> String {
        match self {
            Self::Twice => format!("the key `{key}` was used twice in one call; give each step its own"),
            Self::TooMany => format!("it asks and takes more than {MOST_KEYS} questions and steps in one round"),
        }
    }
}

/// What a call has asked, and what it was told. Made when a call first asks: calls that ask nothing have none.
///
/// | | Filled by | Emptied by |
/// | --- | --- | --- |
/// | `open`, without a session | `ask`, `InputRequired` | the answer `input_required`, which has all of it |
/// | `open`, in a session | `InputRequired` | `take_open`: sent at once, and the handler is run again |
/// | `noted`, in a session | `ask` | `take_noted`: sent once the handler waits |
pub(crate) struct Dialogue {
    state: Lock<State>,
    /// Raised when nobody drives the call any more.
    over: Latch,
}

struct State {
    journal: Journal,
    /// The answers that came with the request.
    responses: Values,
    /// Whether the request goes on with an earlier round, which says what was asked.
    goes_on: bool,
    /// What the client has said instead of an answer.
    refusals: Vec<(String, String)>,
    /// What is asked in this round.
    open: Vec<(String, RenderedQuestion)>,
    /// What is to be sent, in a session, once the handler waits; and to whom it is given when it is out.
    noted: Vec<(RenderedQuestion, oneshot::Sender<SentQuestion>)>,
    /// Whether the handler has asked by hand, and is done with this round.
    is_by_hand: bool,
    /// How many rounds there were in this session.
    rounds: usize,
    /// The record of the round that is being run.
    round: Option<Arc<Round>>,
    /// The keys that were used in this round.
    used: HashSet<Box<str>>,
    /// How often the handler has called which of its server's parts, by what their keys begin with.
    called: Vec<(String, u32)>,
    steps_running: usize,
    /// The call was cancelled within a step, which may go on.
    cut_off: Option<GoesOn>,
    /// In a round that goes on with an earlier one: since when the function has run without a question, its steps apart.
    #[cfg(debug_assertions)]
    works_since: Option<Instant>,
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
    /// It has asked: the members `inputRequests` and `requestState`, rendered. Where nothing is asked there is only the latter:
    /// the client comes back at once then.
    Suspend(String),
}

impl Dialogue {
    /// Takes up what the request brings from earlier rounds.
    pub(super) fn open(call: &Binding<'_>) -> Self {
        let (request, asks_live) = (call.request, call.version.asks_live());
        let (mut journal, mut end) = (Journal::default(), None);
        let state = request.request_state().filter(|_| !asks_live);
        if let Some(state) = state {
            match Journal::open(call, state) {
                Some(earlier) => journal = earlier,
                None => {
                    let why = "Invalid params: this `requestState` was not given out for this call, or is too old; \
                               call without it to begin again";
                    end = Some(End::Refused(RpcError::invalid_params(why)));
                }
            }
        }
        // In a session they mean nothing.
        let responses = request.input_responses().filter(|_| !asks_live);
        let responses = Values::read(responses.unwrap_or("{}")).unwrap_or_else(|| {
            let why =
                "Invalid params: `inputResponses` must be an object, with the answer to each question under its key";
            end.get_or_insert(End::Refused(RpcError::invalid_params(why)));
            Values::default()
        });
        let state = State {
            journal,
            responses,
            goes_on: state.is_some(),
            refusals: Vec::new(),
            open: Vec::new(),
            noted: Vec::new(),
            is_by_hand: false,
            rounds: 0,
            round: None,
            used: HashSet::new(),
            called: Vec::new(),
            steps_running: 0,
            cut_off: None,
            #[cfg(debug_assertions)]
            works_since: None,
            end,
            waiting: 0,
            waiting_since: None,
            waited: Duration::ZERO,
        };
        Self { state: Lock::new(state), over: Latch::default() }
    }

    /// Nobody drives the call any more: what was to be sent is not.
    pub(crate) fn set_over(&self) {
        self.over.raise();
        let mut state = self.state.lock();
        let left = (std::mem::take(&mut state.noted), state.cut_off.take());
        drop(state);
        // Not under the lock: whoever waits is woken.
        drop(left);
    }

    /// Waits until nobody drives the call any more.
    pub(super) async fn over(&self) {
        self.over.raised().await;
    }

    /// The call ends without its handler.
    pub(super) fn end(&self, end: End) {
        self.state.lock().end.get_or_insert(end);
    }

    /// Takes a key for a question or a step: each has its own.
    pub(super) fn take_key(&self, key: &str) -> Result<(), KeyError> {
        let mut state = self.state.lock();
        if state.used.len() >= MOST_KEYS {
            return Err(KeyError::TooMany);
        }
        if state.used.insert(key.into()) { Ok(()) } else { Err(KeyError::Twice) }
    }

    /// The answer to a question, if there is one: from an earlier round, or come with this one.
    pub(super) fn answer(&self, key: &str) -> Option<Box<RawValue>> {
        let state = self.state.lock();
        let was_asked = || state.journal.asked.iter().any(|asked| asked == key);
        // A function may be told more than it has asked. Whether it may run is only told where that was asked, of this very call.
        let expected = if key == CONSENT { was_asked() } else { !state.goes_on || was_asked() };
        let fresh = state.responses.get(key).filter(|_| expected);
        fresh.or_else(|| state.journal.answers.get(key)).map(ToOwned::to_owned)
    }

    /// The answer was used, and will be in later rounds.
    pub(super) fn keep_answer(&self, key: &str, answer: Box<RawValue>) {
        self.state.lock().journal.answers.insert(key.to_owned(), answer);
    }

    /// The answer did not fit. Whether to ask again.
    pub(super) fn note_misfit(&self, key: &str) -> bool {
        let mut state = self.state.lock();
        state.responses.remove(key);
        state.journal.answers.remove(key);
        let known = state.journal.misfits.iter_mut().find(|(misfit, _)| misfit == key);
        let misfits = known.map_or(1, |(_, misfits)| {
            *misfits += 1;
            *misfits
        });
        if misfits == 1 {
            state.journal.misfits.push((key.to_owned(), 1));
        }
        misfits < TRIES
    }

    /// A question is open from now on.
    pub(super) fn ask(&self, key: &str, method: &'static str, params: String) {
        let mut state = self.state.lock();
        state.open.retain(|(open, _)| open != key);
        state.open.push((key.to_owned(), RenderedQuestion { method, params }));
    }

    /// A question is to be sent in a session.
    pub(super) fn note(&self, method: &'static str, params: String) -> oneshot::Receiver<SentQuestion> {
        let (sent, out) = oneshot::channel();
        let mut state = self.state.lock();
        // Looked at under the lock, under which the call that ends takes what is noted.
        if !self.over.is_raised() {
            state.noted.push((RenderedQuestion { method, params }, sent));
        }
        out
    }

    /// Takes what is to be sent, if the call goes on.
    pub(super) fn take_noted(&self) -> Vec<(RenderedQuestion, oneshot::Sender<SentQuestion>)> {
        let mut state = self.state.lock();
        if state.end.is_some() { Vec::new() } else { std::mem::take(&mut state.noted) }
    }

    /// The handler has asked by hand; what it keeps is under what its keys begin with.
    pub(super) fn note_by_hand(&self, prefix: &str, state: Option<Box<RawValue>>) {
        let mut state_of = self.state.lock();
        state_of.is_by_hand = true;
        match state {
            Some(state) => state_of.journal.own.insert(prefix.to_owned(), state),
            None => state_of.journal.own.remove(prefix),
        }
    }

    /// What a handler has kept by hand.
    pub(super) fn own_state(&self, prefix: &str) -> Option<Box<RawValue>> {
        self.state.lock().journal.own.get(prefix).map(ToOwned::to_owned)
    }

    /// Takes what was asked by hand, under keys that begin so, to ask it in a session; the handler is to be run again.
    ///
    /// # Errors
    /// Why the call ends instead.
    pub(super) fn take_open(&self, prefix: &str) -> Result<Vec<(String, RenderedQuestion)>, End> {
        let mut state = self.state.lock();
        state.rounds += 1;
        if state.rounds > MOST_ROUNDS {
            let why = format!("it asked in more than {MOST_ROUNDS} rounds");
            state.end.get_or_insert(End::Mistaken(why));
        }
        state.used.retain(|key| !key.starts_with(prefix));
        // It calls all of it again; that it was called itself stays.
        state.called.retain(|(called, _)| called == prefix || !called.starts_with(prefix));
        state.is_by_hand = false;
        let open = std::mem::take(&mut state.open);
        let (taken, left) = open.into_iter().partition(|(key, _)| key.starts_with(prefix));
        state.open = left;
        state.end.clone().map_or(Ok(taken), Err)
    }

    /// An answer has come in a session to what was asked by hand.
    pub(super) fn respond(&self, key: String, answer: Result<Box<RawValue>, String>) {
        let mut state = self.state.lock();
        match answer {
            Ok(json) => {
                state.refusals.retain(|(refused, _)| *refused != key);
                state.responses.insert(key, json);
            }
            Err(refusal) => state.refusals.push((key, refusal)),
        }
    }

    /// What the client has said instead of an answer.
    pub(super) fn refusal(&self, key: &str) -> Option<String> {
        self.state.lock().refusals.iter().find(|(refused, _)| refused == key).map(|(_, refusal)| refusal.clone())
    }

    /// The round is run here; what its steps gave before is known.
    pub(crate) fn run(&self, round: Arc<Round>, steps: Values) {
        let mut state = self.state.lock();
        state.journal.steps.extend(steps);
        state.round = Some(round);
        drop(state);
        #[cfg(debug_assertions)]
        self.work_goes_on(Duration::ZERO);
    }

    /// The function runs from here to its next question, and has done so for `already`.
    #[cfg(debug_assertions)]
    pub(super) fn work_goes_on(&self, already: Duration) {
        self.state.lock().works_since = Instant::now().checked_sub(already);
    }

    /// For how long the function has run since its last question, its steps apart, in a round that goes on with an earlier one.
    #[cfg(debug_assertions)]
    pub(super) fn worked(&self) -> Option<Duration> {
        self.state.lock().works_since.map(|since| since.elapsed())
    }

    /// The record of the round that is being run, from the second one on.
    pub(super) fn round(&self) -> Option<Arc<Round>> {
        self.state.lock().round.clone()
    }

    /// Whether a step is being taken.
    pub(crate) fn is_in_step(&self) -> bool {
        self.state.lock().steps_running > 0
    }

    /// The call is cancelled: the step that it takes, if it takes one, counts as one that goes on. Its future is dropped in its
    /// own time, and a server that ends must not miss it meanwhile.
    pub(crate) fn cut_off(&self, steps: &Arc<Steps>) {
        let mut state = self.state.lock();
        if state.steps_running > 0 && state.round.is_some() {
            state.cut_off = Steps::begin(steps);
        }
    }

    /// Takes the place of the step that goes on.
    pub(crate) fn take_cut_off(&self) -> Option<GoesOn> {
        self.state.lock().cut_off.take()
    }

    /// Nobody waits for its answer any more; the key is free again.
    pub(super) fn withdraw(&self, key: &str) {
        let mut state = self.state.lock();
        state.open.retain(|(open, _)| open != key);
        state.used.remove(key);
    }

    /// What a step gave in an earlier round.
    pub(super) fn step(&self, key: &str) -> Option<Box<RawValue>> {
        self.state.lock().journal.steps.get(key).map(ToOwned::to_owned)
    }

    /// What a step gave, for later rounds.
    pub(super) fn keep_step(&self, key: &str, value: Box<RawValue>) {
        self.state.lock().journal.steps.insert(key.to_owned(), value);
    }

    /// A step begins: until it ends the call is not suspended, so that an effect is never made and forgotten.
    pub(super) fn begin_step(&self) {
        self.state.lock().steps_running += 1;
    }

    pub(super) fn end_step(&self) {
        self.state.lock().steps_running -= 1;
    }

    /// A question waits for a client that is there: the call's own time stands still. Whether it is the only one.
    pub(super) fn begin_waiting(&self) -> bool {
        let mut state = self.state.lock();
        state.waiting += 1;
        state.waiting_since.get_or_insert_with(Instant::now);
        state.waiting == 1
    }

    /// A question no longer waits. Whether it was the last.
    pub(super) fn end_waiting(&self) -> bool {
        let mut state = self.state.lock();
        state.waiting -= 1;
        let was_last = state.waiting == 0;
        if was_last && let Some(since) = state.waiting_since.take() {
            state.waited += since.elapsed();
        }
        was_last
    }

    /// For how long questions have waited; `None` while one does.
    pub(crate) fn waited(&self) -> Option<Duration> {
        let state = self.state.lock();
        (state.waiting == 0).then_some(state.waited)
    }

    /// The handler calls a part of its server; what its keys begin with is `prefix`. How often it has.
    pub(in crate::call) fn count_call(&self, prefix: &str) -> u32 {
        let mut state = self.state.lock();
        if let Some((_, times)) = state.called.iter_mut().find(|(called, _)| called == prefix) {
            *times += 1;
            return *times;
        }
        state.called.push((prefix.to_owned(), 1));
        1
    }

    /// What is to become of a call that waits; `None` where it simply waits.
    pub(super) fn verdict(&self, call: &Binding<'_>) -> Option<Verdict> {
        let mut state = self.state.lock();
        if let Some(end) = state.end.clone() {
            return Some(Verdict::End(end));
        }
        // In a session what is asked by hand is sent, and the handler run again.
        let has_asked = !call.version.asks_live() && (state.is_by_hand || !state.open.is_empty());
        if !has_asked || state.steps_running > 0 {
            return None;
        }
        let requests: Vec<String> = state.open.iter().map(RenderedQuestion::member).collect();
        state.journal.asked = state.open.iter().map(|(key, _)| key.clone()).collect();
        Some(match state.journal.seal(call) {
            Ok(sealed) if requests.is_empty() => {
                Verdict::Suspend(format!(r#""requestState":{}"#, json_text::string(&sealed)))
            }
            Ok(sealed) => Verdict::Suspend(format!(
                r#""inputRequests":{{{}}},"requestState":{}"#,
                requests.join(","),
                json_text::string(&sealed)
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
