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
use super::caller::{Caller, HeldCaller};
use super::ctx::Ctx;
use super::facts::Facts;
use super::home::Home;
use super::inner::Inner;
use super::principal::Principal;
use super::scope::Scope;
use super::test_caller::Heard;

impl Ctx {
    /// A context for a unit test. [`test_caller`](Self::test_caller) has the progress and the log messages that the function
    /// sends, and cancels it; [`answering`](Self::answering) answers its questions; [`with_server`](Self::with_server) has the
    /// tools, resources and prompts that it calls.
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
        let caller = HeldCaller::Own(Caller::new(Arc::new(heard.clone()), Facts::of(Principal::anonymous())));
        let inner = Inner::new(request(), terms, CallKey::FIRST, Arc::new(Scope::default()), caller);
        Self::new(inner).with_extension(Answers::default()).with_extension(heard)
    }

    /// The same context with answers to the questions that the function asks, by key: for a unit test. With any answer
    /// [`supports`](Self::supports) is true for every capability; without one it is false.
    ///
    /// An answer to a form is what the user fills in. `{"action": "decline"}` and `{"action": "cancel"}` are a user who does
    /// not answer, `{"action": "accept"}` one who has visited the page of [`elicit_url`](crate::elicit_url). An answer to
    /// [`sample`](crate::sample()) is the model's text, or the whole result; one to [`roots`](crate::roots()) a URI, or a list of
    /// URIs. A question that is asked by a tool which the function calls has the key `tool/key`.
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

    /// The same context with a server behind it. Users write `with_server`: this module knows no servers.
    pub(crate) fn at_home(mut self, home: Arc<dyn Home>) -> Self {
        self.inner_mut().home = home;
        self
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
    /// Whether there is any.
    pub(super) fn are_any(&self) -> bool {
        !self.0.is_empty()
    }

    /// The answer to a question.
    pub(super) fn to<Q: Question>(&self, key: &str, question: &Q) -> Result<Q::Answer, AskError> {
        question.params(Version::LATEST).map_err(AskError::Unsupported)?;
        let misfit = |why| AskError::Invalid(format!("{why} (the test's answer to `{key}`)"));
        let Some(answer) = self.0.get(key) else {
            return Err(AskError::Unsupported(format!(
                "this is the context of a unit test, which has no answer to `{key}`; give it one: \
                 `Ctx::for_test().answering([(\"{key}\", …)])`"
            )));
        };
        match (question.method(), answer) {
            ("roots/list", Value::Number(_) | Value::Bool(_) | Value::Null) => {
                Err(misfit("expected a URI, or a list of URIs".to_owned()))
            }
            // No form is a text, and this is what a test that declines is likely to write.
            ("elicitation/create", Value::String(text)) => Err(misfit(format!(
                "expected what the user fills in, as {{\"field\": …}}, or what they do: {{\"action\": \"decline\"}}, \
                 {{\"action\": \"cancel\"}} or {{\"action\": \"accept\"}}; got {}",
                Value::from(&**text)
            ))),
            (method, answer) => question.read(&result(method, answer).to_string()).map_err(|error| match error {
                AskError::Invalid(why) => misfit(why),
                other => other,
            }),
        }
    }
}

/// What a client would send.
fn result(method: &str, answer: &Value) -> Value {
    match (method, answer) {
        ("sampling/createMessage", Value::String(text)) => {
            json!({ "role": "assistant", "model": "test", "content": { "type": "text", "text": text } })
        }
        ("roots/list", Value::Array(roots)) => {
            // A root may have a name, too.
            let root = |root: &Value| if root.is_string() { json!({ "uri": root }) } else { root.clone() };
            json!({ "roots": roots.iter().map(root).collect::<Vec<_>>() })
        }
        ("roots/list", Value::String(uri)) => json!({ "roots": [{ "uri": uri }] }),
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
