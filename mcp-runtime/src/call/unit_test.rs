//! Contexts for unit tests: functions are called without a server, and their questions have answers.

use std::collections::HashMap;
use std::sync::Arc;

use mcp_proto::Version;
use mcp_proto::engine::CallKey;
use mcp_proto::era::Terms;
use mcp_proto::wire::{Incoming, Message, Request, decode};
use serde::Serialize;
use serde_json::{Value, json};

use super::ask::{AskError, Question};
use super::caller::Caller;
use super::ctx::{Ctx, Inner};
use super::facts::Facts;
use super::principal::Principal;
use super::scope::Scope;
use super::test_caller::Heard;

impl Ctx {
    /// A context for a unit test. [`test_caller`](Self::test_caller) has the progress and the log messages that the function
    /// sends, and cancels it; [`answering`](Self::answering) answers its questions.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// Counts to `n`.
    /// #[tool]
    /// async fn count(ctx: &Ctx, n: u32) -> String {
    ///     for i in 1..=n {
    ///         ctx.progress(i, n, "counting").await;
    ///     }
    ///     format!("counted to {n}")
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let ctx = Ctx::for_test();
    /// assert_eq!(count(&ctx, 2).await, "counted to 2");
    /// assert_eq!(ctx.test_caller().progress(), ["1/2 counting", "2/2 counting"]);
    /// # }
    /// ```
    pub fn for_test() -> Self {
        let terms = Terms { version: Version::LATEST, session: None };
        let heard = Heard::default();
        let caller = Caller::new(Arc::new(heard.clone()), Facts::of(Principal::anonymous()));
        let inner = Inner::new(request(), terms, CallKey::FIRST, Arc::new(Scope::default()), caller);
        Self::new(inner).with_extension(Answers::default()).with_extension(heard)
    }

    /// The same context with answers to the questions that the function asks, by key: for a unit test.
    ///
    /// An answer to a form is what the user fills in. `{"action": "decline"}` and `{"action": "cancel"}` are a user who does
    /// not answer, `{"action": "accept"}` one who has visited the page of [`elicit_url`](crate::elicit_url). An answer to
    /// [`sample`](crate::sample()) is the model's text, or the whole result; one to [`roots`](crate::roots()) a list of URIs.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    /// use serde_json::json;
    ///
    /// #[derive(Elicit)]
    /// struct Sure {
    ///     sure: bool,
    /// }
    ///
    /// /// Deletes everything.
    /// #[tool]
    /// async fn wipe(ctx: &Ctx) -> Result<&'static str> {
    ///     let answer = ctx.ask("confirm", elicit::<Sure>("Are you sure?")).await?;
    ///     Ok(if answer.sure { "wiped" } else { "kept" })
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let ctx = Ctx::for_test().answering([("confirm", json!({ "sure": true }))]);
    /// assert_eq!(wipe(&ctx).await.expect("an answer"), "wiped");
    /// # }
    /// ```
    ///
    /// # Panics
    /// If the context was cloned, or an answer does not serialize.
    #[must_use]
    pub fn answering<K: Into<String>, A: Serialize>(self, answers: impl IntoIterator<Item = (K, A)>) -> Self {
        let value = |answer| serde_json::to_value(answer).expect("an answer serializes");
        let answers = answers.into_iter().map(|(key, answer)| (key.into(), value(answer))).collect();
        self.with_extension(Answers(answers))
    }

    /// The answers to what is asked, in a unit test.
    pub(super) fn test_answers(&self) -> Option<&Answers> {
        self.root().inner().caller.facts.extensions.get()
    }
}

/// What a unit test answers to questions, by key.
#[derive(Default)]
pub(super) struct Answers(HashMap<String, Value>);

impl Answers {
    /// The answer to a question.
    pub(super) fn to<Q: Question>(&self, key: &str, question: &Q) -> Result<Q::Answer, AskError> {
        question.params(Version::LATEST).map_err(AskError::Unsupported)?;
        let Some(answer) = self.0.get(key) else {
            return Err(AskError::Unsupported(format!(
                "this is the context of a unit test, which has no answer to `{key}`; give it one: \
                 `Ctx::for_test().answering([(\"{key}\", …)])`"
            )));
        };
        question.read(&result(question.method(), answer).to_string())
    }
}

/// What a client would send.
fn result(method: &str, answer: &Value) -> Value {
    match (method, answer) {
        ("sampling/createMessage", Value::String(text)) => {
            json!({ "role": "assistant", "model": "test", "content": { "type": "text", "text": text } })
        }
        ("roots/list", Value::Array(uris)) => {
            let roots: Vec<Value> = uris.iter().map(|uri| json!({ "uri": uri })).collect();
            json!({ "roots": roots })
        }
        ("elicitation/create", answer) if !is_action(answer) => json!({ "action": "accept", "content": answer }),
        _ => answer.clone(),
    }
}

/// Whether it says what the user does, and not what they fill in.
fn is_action(answer: &Value) -> bool {
    let action = answer.get("action").and_then(Value::as_str);
    let others = answer.as_object().into_iter().flat_map(|members| members.keys());
    matches!(action, Some("accept" | "decline" | "cancel"))
        && others.into_iter().all(|member| matches!(&**member, "action" | "content"))
}

fn request() -> Box<Request> {
    // The client asks for all that there is.
    let frame = concat!(
        r#"{"jsonrpc":"2.0","id":0,"method":"test","params":{"_meta":"#,
        r#"{"progressToken":0,"io.modelcontextprotocol/logLevel":"debug"}}}"#
    );
    match decode(frame.as_bytes()) {
        Incoming::One(Message::Request(request)) => request,
        _ => unreachable!("the frame above is a request"),
    }
}
