//! Asking the client: straight-line code in both eras.
//!
//! In a session the question goes out on the live stream, and the handler waits. In the stateless era there is no stream to
//! ask on: the question is noted and the handler parks; whoever drives it drops it, answers `input_required` with all that
//! is open, and the client calls again with the answers. The handler runs from the top, and this time finds them.

mod asker;
mod dialogue;
mod journal;
mod question;

pub(crate) use asker::Asker;
pub(crate) use dialogue::{Dialogue, End, Verdict};
pub use question::{AskError, Question};

use std::sync::Arc;

use mcp_proto::wire::{Method, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::to_raw_value;

use super::Ctx;

impl Ctx {
    /// Asks the client a question, under a key of its own, and waits for the answer.
    ///
    /// The same function serves clients with a session and without one. Without one the call is **answered with the
    /// question, and runs again from the top** when the client comes back with the answer (`basic/patterns/mrtr`). So:
    ///
    /// * **Code before `ask` may run again.** What must happen once goes into [`once`](Self::once).
    /// * The key names the question from round to round: give each question in a call its own, and always the same.
    /// * Questions that are asked at once, with `tokio::join!`, travel together. Other futures that are joined with an
    ///   `ask` are dropped with it, and timers around it do not run, where there is no session; a lock that is held across
    ///   it is held for as long as a person thinks, where there is one. The call's timeout does not count that time.
    /// * An `ask` that is dropped (by a `select!`, say) takes its question back.
    ///
    /// What the client did not declare that it can answer ends the call before anything is asked: see
    /// [`supports`](Self::supports). An answer that is not what was asked for is asked for again, three times in all.
    ///
    /// # Errors
    /// [`AskError`]: declined, cancelled, and whatever else keeps a question from being answered.
    pub async fn ask<Q: Question>(&self, key: &str, question: Q) -> Result<Q::Answer, AskError> {
        if !matches!(self.inner().request.method, Method::ToolsCall | Method::PromptsGet | Method::ResourcesRead) {
            return Err(AskError::Unsupported("only tools, prompts and resources can ask".to_owned()));
        }
        if let Some(missing) = question.needs().into_iter().find(|needed| !self.supports(*needed)) {
            self.end(End::Missing(missing)).await;
            return Err(AskError::Gone);
        }
        let params = question.params(self.protocol()).map_err(AskError::Unsupported)?;
        self.dialogue().take_key(key)?;
        if self.protocol().is_stateless() {
            self.ask_by_retry(key, &question, &params).await
        } else {
            self.ask_live(key, &question, &params).await
        }
    }

    /// Takes a step once, however often the call is run again for the sake of [questions](Self::ask): what the step gives is
    /// kept, and given again. Only what is `Ok` is kept.
    ///
    /// The value travels with the client, sealed, so it should be small. From round to round the step is not taken again.
    /// Where an answer is lost on its way, and the client sends the same round once more, it is: the promise is at least
    /// once, as for everything that goes over a network without a record of it.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// # async fn reserve(_: &str) -> Result<u64, std::io::Error> { Ok(7) }
    /// /// Reserves a table.
    /// #[tool]
    /// async fn book(ctx: &Ctx, place: &str) -> Result<u64, Error> {
    ///     let id = ctx.once("reserve", async || reserve(place).await).await?;
    ///     Ok(id)
    /// }
    /// ```
    ///
    /// # Errors
    /// Whatever the step fails with.
    pub async fn once<T, E, F>(&self, key: &str, step: F) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFnOnce() -> Result<T, E>,
    {
        let dialogue = self.dialogue();
        if dialogue.take_key(key).is_err() {
            self.end(End::Mistaken(format!("the key `{key}` was used twice in one call"))).await;
            return std::future::pending().await;
        }
        let kept = dialogue.step(key).and_then(|json| serde_json::from_str(json.get()).ok());
        if let Some(value) = kept {
            return Ok(value);
        }
        let running = Step::begin(self);
        let value = step().await?;
        let kept = to_raw_value(&value).map(|json| dialogue.keep_step(key, json));
        drop(running);
        if let Err(error) = kept {
            self.end(End::Mistaken(format!("what `{key}` gave cannot be kept: {error}"))).await;
            return std::future::pending().await;
        }
        Ok(value)
    }

    async fn ask_live<Q: Question>(&self, key: &str, question: &Q, params: &str) -> Result<Q::Answer, AskError> {
        loop {
            let asker = self.inner().asker.as_ref().and_then(std::sync::Weak::upgrade).ok_or(AskError::Gone)?;
            let response = {
                let _waiting = Waiting::begin(self);
                asker::ask(asker, Arc::clone(&self.inner().outlet), question.method(), params).await
            };
            match read(question, &response.ok_or(AskError::Gone)?) {
                Err(AskError::Invalid(_)) if self.dialogue().note_misfit(key) => {}
                answer => return answer,
            }
        }
    }

    async fn ask_by_retry<Q: Question>(&self, key: &str, question: &Q, params: &str) -> Result<Q::Answer, AskError> {
        let dialogue = self.dialogue();
        if let Some(json) = dialogue.answer(key) {
            match question.read(json.get()) {
                Err(AskError::Invalid(_)) if dialogue.note_misfit(key) => {}
                answer => {
                    dialogue.keep_answer(key, json);
                    return answer;
                }
            }
        }
        let request = format!(r#"{{"method":"{}","params":{params}}}"#, question.method());
        let _open = Open::note(self, key, request);
        self.cancelled().await;
        Err(AskError::Gone)
    }

    /// Ends the call from outside of its handler, which waits here until it is dropped. A task that the handler has spawned
    /// comes back.
    async fn end(&self, end: End) {
        self.dialogue().end(end);
        self.inner().wake_driver();
        self.cancelled().await;
    }

    /// What the call has asked and was told.
    pub(crate) fn dialogue(&self) -> &Dialogue {
        self.inner().dialogue.get_or_init(|| Box::new(Dialogue::open(self)))
    }
}

fn read<Q: Question>(question: &Q, response: &Response) -> Result<Q::Answer, AskError> {
    #[derive(serde::Deserialize)]
    struct Failure {
        message: String,
    }
    response.outcome().map_or_else(
        |error| {
            let message = serde_json::from_str(error).map(|Failure { message }| message);
            Err(AskError::Refused(message.unwrap_or_else(|_| "it failed without a word".to_owned())))
        },
        |result| question.read(result),
    )
}

/// A question that is open, until it is dropped.
struct Open<'a> {
    ctx: &'a Ctx,
    key: &'a str,
}

impl<'a> Open<'a> {
    fn note(ctx: &'a Ctx, key: &'a str, request: String) -> Self {
        ctx.dialogue().ask(key, request);
        // Perhaps from another task than the one that drives the call.
        ctx.inner().wake_driver();
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
        self.0.inner().wake_driver();
    }
}

/// A person thinks.
struct Waiting<'a>(&'a Ctx);

impl<'a> Waiting<'a> {
    fn begin(ctx: &'a Ctx) -> Self {
        ctx.dialogue().begin_waiting();
        Self(ctx)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.dialogue().end_waiting();
    }
}
