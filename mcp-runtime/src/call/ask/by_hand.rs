//! Asking without waiting: a handler that answers with questions, and is called again with what the client says to them.

use std::fmt;

use mcp_proto::Version;
use mcp_proto::wire::single_line;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::dialogue::End;
use super::question::{AskError, Question};
use crate::call::{Capability, Ctx};
use crate::finite::to_raw_json;

/// An answer that is a question: ask the client this, and call again (`basic/patterns/mrtr`, "InputRequiredResult").
///
/// [`Ctx::ask`] does the same in one line; use it unless you want to decide yourself what is kept from round to round. Return
/// an `InputRequired` as an error. It works in every revision: in a session the client is asked at once, and the function
/// runs again with the answers.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{InputRequired, roots};
///
/// /// Counts the directories that the client works in, and how often it was asked.
/// #[tool]
/// fn count(ctx: &Ctx) -> Result<String> {
///     let rounds: u32 = ctx.request_state()?.unwrap_or(0);
///     let Some(found) = ctx.answer("roots", &roots()) else {
///         return Err(InputRequired::new().ask("roots", roots()).state(&(rounds + 1)).into());
///     };
///     Ok(format!("{} directories after {rounds} rounds", found?.len()))
/// }
/// ```
#[derive(Default)]
pub struct InputRequired {
    questions: Vec<(String, Box<dyn Asked>)>,
    state: Option<Result<Box<RawValue>, String>>,
}

/// A question, whatever its answer.
trait Asked: Send + Sync {
    fn method(&self) -> &'static str;
    fn needs(&self) -> Vec<Capability>;
    fn params(&self, version: Version) -> Result<String, String>;
}

impl<Q: Question + Send + Sync> Asked for Q {
    fn method(&self) -> &'static str {
        Question::method(self)
    }

    fn needs(&self) -> Vec<Capability> {
        Question::needs(self)
    }

    fn params(&self, version: Version) -> Result<String, String> {
        Question::params(self, version)
    }
}

impl InputRequired {
    /// An answer without questions. If none is added, the client just calls again with the state.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a question, whose answer comes back under `key`.
    #[must_use]
    pub fn ask(mut self, key: impl Into<String>, question: impl Question + Send + Sync + 'static) -> Self {
        self.questions.push((key.into(), Box::new(question)));
        self
    }

    /// Keeps a value for the next round. It travels with the client, sealed: nobody can read or change it.
    #[must_use]
    pub fn state(mut self, value: &impl Serialize) -> Self {
        self.state = Some(to_raw_json(value).map_err(|error| error.of("it")));
        self
    }

    /// Notes what is asked, for whoever drives the call.
    ///
    /// # Errors
    /// What the client's revision cannot ask.
    pub(crate) fn note(&self, ctx: &Ctx) -> Result<(), AskError> {
        let dialogue = ctx.dialogue();
        #[cfg(feature = "layers")]
        ctx.count_question();
        if !ctx.may_ask() {
            return Err(AskError::Unsupported("only tools, prompts and resources can ask".to_owned()));
        }
        let mut requests = Vec::new();
        for (key, question) in &self.questions {
            let params = question.params(ctx.protocol()).map(single_line).map_err(AskError::Unsupported)?;
            if let Some(missing) = question.needs().into_iter().find(|needed| !ctx.supports(*needed)) {
                ctx.note_unasked(ctx.key(key), question.method(), params);
                dialogue.end(End::Missing(missing));
                return Ok(());
            }
            requests.push((ctx.key(key), question.method(), params));
        }
        // All of them, or none.
        requests.into_iter().for_each(|(key, method, params)| dialogue.ask(&key, method, params));
        match self.state.clone().transpose() {
            Ok(state) => dialogue.note_by_hand(&ctx.key(""), state),
            Err(error) => dialogue.end(End::Mistaken(format!("its state cannot be kept: {error}"))),
        }
        // Perhaps the call of another one, in a task of its own.
        ctx.root().inner().driver.wake();
        Ok(())
    }
}

impl Ctx {
    /// The answer to a question that was asked by [`InputRequired`] in an earlier round; `None` while there is none.
    ///
    /// # Errors
    /// As [`ask`](Self::ask): declined, cancelled, or not what was asked for.
    pub fn answer<Q: Question>(&self, key: &str, question: &Q) -> Option<Result<Q::Answer, AskError>> {
        #[cfg(feature = "layers")]
        self.count_question();
        let (dialogue, key) = (self.dialogue(), self.key(key));
        if let Some(refusal) = dialogue.refusal(&key) {
            return Some(Err(AskError::Refused(refusal)));
        }
        let json = dialogue.answer(&key)?;
        let answer = question.read(json.get());
        dialogue.keep_answer(&key, json);
        Some(answer)
    }

    /// The value that the function has kept for this round with [`InputRequired::state`]; `None` in the first round.
    ///
    /// # Errors
    /// If the value is not a `T`.
    pub fn request_state<T: DeserializeOwned>(&self) -> Result<Option<T>, serde_json::Error> {
        let state = self.dialogue().own_state(&self.key(""));
        state.map(|json| serde_json::from_str(json.get())).transpose()
    }
}

impl fmt::Debug for InputRequired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys = self.questions.iter().map(|(key, _)| key);
        f.debug_struct("InputRequired").field("keys", &keys.collect::<Vec<_>>()).finish_non_exhaustive()
    }
}
