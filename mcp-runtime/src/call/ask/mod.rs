//! Asking the client: straight-line code in both eras.
//!
//! In a session the question goes out on the live stream, and the handler waits. In the stateless era there is no stream to
//! ask on: the question is noted and the handler parks; whoever drives it drops it, answers `input_required` with all that
//! is open, and the client calls again with the answers. The handler runs from the top, and this time finds them.

mod again;
mod allowance;
mod asker;
mod by_hand;
mod canonical;
mod dialogue;
mod duplicates;
mod entered;
mod journal;
mod question;
mod record;
mod round;
mod sent;
mod step;
mod unasked;
mod values;

pub(crate) use allowance::Allowance;
pub(crate) use asker::Asker;
pub use by_hand::InputRequired;
pub(crate) use canonical::canonical;
use dialogue::{CONSENT, CONSENTED, KeyError};
pub(crate) use dialogue::{Dialogue, End, Verdict};
pub(crate) use duplicates::Duplicates;
pub(crate) use entered::Entered;
use journal::Binding;
pub use question::{AskError, Question};
pub(crate) use round::Round;
use sent::SentQuestion;
pub(crate) use unasked::{Unasked, UnaskedQuestion};

use std::borrow::Cow;
use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Weak;
use std::task::Poll;

use mcp_proto::wire::{Member, Method, Response, pick, single_line};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::Ctx;
use crate::finite::to_raw_json;

/// How long work before a question may take until it is told that it is done again in each round.
#[cfg(debug_assertions)]
const REPEATED: std::time::Duration = std::time::Duration::from_millis(50);

impl Ctx {
    /// Asks the client a question, under a key of its own, and waits for the answer.
    ///
    /// The same function serves clients with a session and without one. Without a session the call is **answered with the
    /// question, and runs again from the top** when the client sends it again with the answer (`basic/patterns/mrtr`). So:
    ///
    /// * **Code before `ask` may run again.** Put work that must happen once into [`once`](Self::once).
    /// * The key identifies the question from round to round: give each question of a call a key of its own, and always the
    ///   same one.
    /// * Questions that are asked at once, with `tokio::join!`, are sent together.
    /// * Without a session, other futures that are joined with an `ask` are dropped with it, and timers around it do not run.
    ///   With a session, a lock that is held across an `ask` is held until the user has answered. The call's timeout does not
    ///   count that time.
    /// * Dropping the future of `ask`, in a `select!` for example, withdraws the question.
    ///
    /// A question that the client does not support ends the call with an error, and is never sent: see
    /// [`supports`](Self::supports). If the answer does not fit the question, the question is asked again, three times in all; the user is told why.
    /// Within a step of [`once`](Self::once) nothing can be asked.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use schemars::JsonSchema;
    /// use serde::{Deserialize, Serialize};
    ///
    /// /// Who is to be greeted.
    /// #[derive(Deserialize, Serialize, JsonSchema, Elicit)]
    /// struct Who {
    ///     /// Their name.
    ///     name: String,
    /// }
    ///
    /// /// Greets somebody.
    /// #[tool]
    /// async fn greet(ctx: &Ctx) -> Result<String> {
    ///     match ctx.ask("who", elicit::<Who>("Who are you?")).await {
    ///         Ok(who) => Ok(format!("Hello, {}!", who.name)),
    ///         Err(AskError::Declined) => Ok("Hello, stranger!".to_owned()),
    ///         Err(error) => Err(error.into()),
    ///     }
    /// }
    /// ```
    ///
    /// # Errors
    /// [`AskError`]: the user has declined or cancelled, or the question cannot be answered for another reason.
    pub async fn ask<Q: Question>(&self, key: &str, question: Q) -> Result<Q::Answer, AskError> {
        self.ask_under(&self.key(key), question).await
    }

    /// Asks whether the call may run, under a key that no function has.
    pub(crate) async fn ask_consent<Q: Question>(&self, question: Q) -> Result<Q::Answer, AskError> {
        self.ask_under(CONSENT, question).await
    }

    /// Keeps what it would be asked, for somebody who wants to know why it is not.
    pub(crate) fn note_unasked_consent(&self, method: &'static str, params: String) {
        self.note_unasked(CONSENT.to_owned(), method, params);
    }

    /// What the client has answered, in this round or an earlier one, to whether the call may run.
    pub(crate) fn consent_answer<Q: Question>(&self, question: &Q) -> Option<Result<Q::Answer, AskError>> {
        self.dialogue().answer(CONSENT).map(|json| question.read(json.get()))
    }

    /// Asks a question under a key, as the client knows it.
    async fn ask_under<Q: Question>(&self, key: &str, question: Q) -> Result<Q::Answer, AskError> {
        if let Some(answers) = self.test_answers() {
            return answers.to(key, &question);
        }
        if !self.may_ask() {
            return Err(AskError::Unsupported("only tools, prompts and resources can ask".to_owned()));
        }
        // What the revision lacks no client of it can declare.
        let params = question.params(self.protocol()).map(single_line).map_err(AskError::Unsupported)?;
        if let Some(missing) = question.needs().into_iter().find(|needed| !self.supports(*needed)) {
            self.note_unasked(key.to_owned(), question.method(), params);
            self.end(End::Missing(missing)).await;
            return Err(AskError::Gone);
        }
        #[cfg(feature = "layers")]
        self.count_question();
        let dialogue = self.dialogue();
        if self.root().inner().driver.is_over() {
            return Err(AskError::Gone);
        }
        if let Some(step) = step::innermost(dialogue) {
            // Without a session the answer would be there only once the step has ended, which waits for it.
            self.end(End::Mistaken(format!("it asks `{key}` within the step `{step}`; ask before it"))).await;
            return Err(AskError::Gone);
        }
        match dialogue.take_key(key) {
            Ok(()) => {}
            Err(KeyError::Twice) => return Err(AskError::AskedTwice(key.to_owned())),
            Err(error @ KeyError::TooMany) => {
                self.end(End::Mistaken(error.why(key))).await;
                return Err(AskError::Gone);
            }
        }
        if self.protocol().asks_live() {
            self.ask_live(key, &question, &params).await
        } else {
            self.ask_by_retry(key, &question, &params).await
        }
    }

    /// Runs a step once as [`once`](Self::once) does, with an error of any type.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// # enum ShopError { Closed(Error) }
    /// # impl From<AskError> for ShopError { fn from(error: AskError) -> Self { Self::Closed(error.into()) } }
    /// # impl IntoError for ShopError { fn into_error(self) -> Error { Error::new("closed") } }
    /// # async fn reserve(_: &str) -> Result<u64, ShopError> { Ok(7) }
    /// /// Reserves a table.
    /// #[tool]
    /// async fn book(ctx: &Ctx, place: &str) -> Result<u64, ShopError> {
    ///     ctx.try_once("reserve", async || reserve(place).await).await
    /// }
    /// ```
    ///
    /// # Errors
    /// The error of the step.
    ///
    /// # Panics
    /// As [`once`](Self::once) does.
    pub async fn try_once<T, E, F>(&self, key: &str, step: F) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFnOnce() -> Result<T, E>,
    {
        self.try_once_under(&self.key(key), step).await
    }

    /// Takes a step once that belongs to the question whether the call may run.
    pub(crate) async fn once_consented(&self, step: impl AsyncFnOnce()) {
        let step = async || {
            step().await;
            Ok::<_, Infallible>(())
        };
        let Ok(()) = self.try_once_under(CONSENTED, step).await;
    }

    /// Takes a step once under a key, as the client's call knows it.
    async fn try_once_under<T, E, F>(&self, key: &str, step: F) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFnOnce() -> Result<T, E>,
    {
        let dialogue = self.dialogue();
        if let Err(error) = dialogue.take_key(key) {
            let why = error.why(key);
            self.end(End::Mistaken(why.clone())).await;
            // The call is over, and this is a task of its, which would wait for ever.
            panic!("{why}");
        }
        let kept = dialogue.step(key).and_then(|json| serde_json::from_str(json.get()).ok());
        if let Some(value) = kept {
            return Ok(value);
        }
        #[cfg(debug_assertions)]
        let worked = dialogue.worked();
        let running = Step::begin(self);
        let value = step::taken(dialogue, key, step()).await?;
        let json = to_raw_json(&value);
        if let Ok(json) = &json {
            dialogue.keep_step(key, json.clone());
            if let Some(round) = dialogue.round() {
                round.keep_step(key, json).await;
            }
        }
        drop(running);
        #[cfg(debug_assertions)]
        if let Some(worked) = worked {
            dialogue.work_goes_on(worked);
        }
        if let Err(error) = json {
            let why = format!("what `{key}` gave cannot be kept: {}", error.of("it"));
            self.end(End::Mistaken(why.clone())).await;
            panic!("{why}");
        }
        Ok(value)
    }

    /// Keeps a question that the client cannot be asked, if somebody wants to know of it.
    fn note_unasked(&self, key: String, method: &'static str, params: String) {
        if let Some(unasked) = self.root().extension::<Unasked>() {
            unasked.note(UnaskedQuestion { key, method, params });
        }
    }

    async fn ask_live<Q: Question>(&self, key: &str, question: &Q, params: &str) -> Result<Q::Answer, AskError> {
        let mut held = Held { ctx: self, key, is_answered: false };
        let mut asked_again = None;
        loop {
            let response = {
                let _waiting = Waiting::begin(self);
                let sent =
                    self.dialogue().note(question.method(), asked_again.take().unwrap_or_else(|| params.to_owned()));
                self.root().inner().driver.wake();
                let asked = sent.await.map_err(|_| AskError::Gone)?;
                // A task that the call has left behind does not wait longer than the call was served.
                let (mut answer, mut over) =
                    (pin!(asked.answer(self.scope().shared.asking)), pin!(self.dialogue().over()));
                poll_fn(|cx| match answer.as_mut().poll(cx) {
                    Poll::Ready(response) => Poll::Ready(response),
                    Poll::Pending => over.as_mut().poll(cx).map(|()| Err(AskError::Gone)),
                })
                .await
            };
            match read(question, &response?) {
                Err(AskError::Invalid(why)) if self.dialogue().note_misfit(key) => {
                    asked_again = Some(again::again(params, &why));
                }
                answer => {
                    held.is_answered = true;
                    return answer;
                }
            }
        }
    }

    async fn ask_by_retry<Q: Question>(&self, key: &str, question: &Q, params: &str) -> Result<Q::Answer, AskError> {
        let dialogue = self.dialogue();
        let mut asked_again = None;
        if let Some(json) = dialogue.answer(key) {
            #[cfg(debug_assertions)]
            self.look_for_repeated_work(key);
            match question.read(json.get()) {
                Err(AskError::Invalid(why)) if dialogue.note_misfit(key) => {
                    asked_again = Some(again::again(params, &why));
                }
                answer => {
                    dialogue.keep_answer(key, json);
                    return answer;
                }
            }
        }
        let _open = Open::note(self, key, question.method(), asked_again.unwrap_or_else(|| params.to_owned()));
        dialogue.over().await;
        Err(AskError::Gone)
    }

    /// Tells of work before a question that is answered already: it was done in an earlier round as well.
    #[cfg(debug_assertions)]
    fn look_for_repeated_work(&self, key: &str) {
        let took = self.dialogue().worked();
        if let (Some(took), Some(entry)) = (took.filter(|took| *took > REPEATED), &self.inner().entry) {
            entry.report_repeated(key, took);
        }
        self.dialogue().work_goes_on(std::time::Duration::ZERO);
    }

    /// Ends the call from outside of its handler, which waits here until it is dropped. A task that the handler has spawned
    /// comes back.
    async fn end(&self, end: End) {
        let (dialogue, root) = (self.dialogue(), self.root().inner());
        dialogue.end(end);
        root.driver.wake();
        // Looked at after there is a dialogue, so that one or the other is seen.
        if !root.driver.is_over() && self.test_answers().is_none() {
            dialogue.over().await;
        }
    }

    /// Whether it is a round that goes on with an earlier one.
    pub(crate) fn goes_on(&self) -> bool {
        let inner = self.inner();
        inner.request.request_state().is_some() && !inner.is_within() && !self.protocol().asks_live() && self.may_ask()
    }

    /// Whether the protocol lets the client's request be answered with a question.
    pub(crate) fn may_ask(&self) -> bool {
        let method = &self.root().inner().request.method;
        matches!(method, Method::ToolsCall | Method::PromptsGet | Method::ResourcesRead)
    }

    /// Sends, in a session, what the handler has noted: once it waits, so that a client which cannot be asked one of several
    /// things is asked none.
    pub(crate) fn send_noted(&self) {
        let Some(dialogue) = self.inner().dialogue.get() else { return };
        for (request, sent) in dialogue.take_noted() {
            // Nobody waits for it where the handler has dropped it meanwhile.
            if !sent.is_closed()
                && let Some(out) = SentQuestion::send(&self.inner().caller, &request)
            {
                // Dropped, it is taken back.
                let _ = sent.send(out);
            }
        }
    }

    /// Asks, in a session, what was asked by hand, all at once; the answers are there when the handler is run again.
    ///
    /// # Errors
    /// Why the call ends instead.
    pub(crate) async fn ask_by_hand(self) -> Result<(), End> {
        let dialogue = self.dialogue();
        let _waiting = Waiting::begin(&self);
        let mut waiting = Vec::new();
        for (key, request) in dialogue.take_open(&self.key(""))? {
            waiting.push((key, SentQuestion::send(&self.inner().caller, &request)));
        }
        for (key, asked) in waiting {
            let response = match asked {
                Some(asked) => asked.answer(self.scope().shared.asking).await,
                None => Err(AskError::Gone),
            };
            let answer = match response.as_ref().map(Response::outcome) {
                Ok(Ok(json)) => RawValue::from_string(json.to_owned()).map_err(|error| error.to_string()),
                Ok(Err(error)) => Err(refusal(error)),
                Err(error) => Err(error.to_string()),
            };
            dialogue.respond(key, answer);
        }
        Ok(())
    }

    /// What the call has asked and was told, with all that it has called.
    pub(crate) fn dialogue(&self) -> &Dialogue {
        let root = self.root();
        root.inner().dialogue.get_or_init(|| Box::new(Dialogue::open(&root.binding())))
    }

    /// What is to become of a call that waits; `None` where it simply waits.
    pub(crate) fn verdict(&self) -> Option<Verdict> {
        self.inner().dialogue.get()?.verdict(&self.binding())
    }

    fn binding(&self) -> Binding<'_> {
        let request = &self.inner().request;
        Binding { scope: self.scope(), request, version: self.protocol(), principal: self.principal() }
    }
}

fn read<Q: Question>(question: &Q, response: &Response) -> Result<Q::Answer, AskError> {
    response.outcome().map_or_else(|error| Err(AskError::Refused(refusal(error))), |result| question.read(result))
}

/// The words of a JSON-RPC error.
fn refusal(error: &str) -> String {
    let [message] = pick(error, ["message"]).unwrap_or_default();
    let message = message.and_then(Member::text);
    message.map_or_else(|| "it failed without a word".to_owned(), Cow::into_owned)
}

/// The key of a question that waits in a session. A question that is dropped before it is answered gives it back.
struct Held<'a> {
    ctx: &'a Ctx,
    key: &'a str,
    is_answered: bool,
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if !self.is_answered {
            self.ctx.dialogue().withdraw(self.key);
        }
    }
}

/// A question that is open, until it is dropped.
struct Open<'a> {
    ctx: &'a Ctx,
    key: &'a str,
}

impl<'a> Open<'a> {
    fn note(ctx: &'a Ctx, key: &'a str, method: &'static str, params: String) -> Self {
        ctx.dialogue().ask(key, method, params);
        // Perhaps from another task than the one that drives the call.
        ctx.root().inner().driver.wake();
        Self { ctx, key }
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.ctx.dialogue().withdraw(self.key);
    }
}

/// A step that is being taken.
struct Step<'a>(&'a Ctx);

impl<'a> Step<'a> {
    fn begin(ctx: &'a Ctx) -> Self {
        ctx.dialogue().begin_step();
        Self(ctx)
    }
}

impl Drop for Step<'_> {
    fn drop(&mut self) {
        self.0.dialogue().end_step();
        // A question may have waited for it.
        self.0.root().inner().driver.wake();
    }
}

/// A person thinks.
struct Waiting<'a>(&'a Ctx);

impl<'a> Waiting<'a> {
    fn begin(ctx: &'a Ctx) -> Self {
        if ctx.dialogue().begin_waiting() {
            let caller = &ctx.root().inner().caller;
            caller.outlet.begin_waiting();
            caller.asker.as_ref().and_then(Weak::upgrade).inspect(|asker| asker.begin_waiting());
        }
        Self(ctx)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        if self.0.dialogue().end_waiting() {
            let caller = &self.0.root().inner().caller;
            caller.outlet.end_waiting();
            caller.asker.as_ref().and_then(Weak::upgrade).inspect(|asker| asker.end_waiting());
        }
        // The call's time goes on.
        self.0.root().inner().driver.wake();
    }
}
