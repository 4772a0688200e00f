//! What a test answers to the server's questions.

use std::collections::VecDeque;

use serde_json::Value;

use crate::client::{ElicitationReply, SamplingReply};

/// An answer to a question of the server's, in the order of the questions.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::testing::{Answer, TestClient};
/// use serde_json::json;
///
/// # async fn example(server: Server) {
/// // The first form is filled in, the second is declined, and the model says something.
/// let client = TestClient::to(&server)
///     .await
///     .answering([Answer::accept(json!({ "sure": true })), Answer::decline(), Answer::sampled("It will rain.")]);
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Answer(Kind);

#[derive(Clone, Debug, PartialEq)]
enum Kind {
    Elicitation(ElicitationReply),
    Sampling(SamplingReply),
    Failure(String),
}

impl Answer {
    /// The form is filled in, with these values of its fields. For a web page, the user has agreed to visit it: `json!(null)`.
    pub fn accept(content: impl Into<Value>) -> Self {
        ElicitationReply::accept(content).into()
    }

    /// The user says no.
    pub fn decline() -> Self {
        ElicitationReply::decline().into()
    }

    /// The user says nothing.
    pub fn cancel() -> Self {
        ElicitationReply::cancel().into()
    }

    /// The model says this.
    pub fn sampled(text: impl Into<String>) -> Self {
        SamplingReply::text("test", text).into()
    }

    /// The question is answered with an error.
    pub fn failure(message: impl Into<String>) -> Self {
        Self(Kind::Failure(message.into()))
    }
}

impl From<ElicitationReply> for Answer {
    fn from(reply: ElicitationReply) -> Self {
        Self(Kind::Elicitation(reply))
    }
}

impl From<SamplingReply> for Answer {
    fn from(reply: SamplingReply) -> Self {
        Self(Kind::Sampling(reply))
    }
}

/// A question of the server's.
///
/// ```
/// use mcp_runtime::testing::TestClient;
///
/// # fn example(client: TestClient) {
/// for question in client.questions() {
///     println!("{}: {}", question.method, question.message);
/// }
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Asked {
    /// What is asked for: `elicitation/create` or `sampling/createMessage`.
    pub method: &'static str,
    /// What the user is told, or the text of the last message for the model.
    pub message: String,
    /// The whole question.
    pub params: Value,
}

impl Asked {
    fn new(method: &'static str, params: &str) -> Self {
        let params: Value = serde_json::from_str(params).unwrap_or_default();
        let last = params["messages"].as_array().and_then(|messages| messages.last());
        let content = last.map(|message| &message["content"]);
        let block = content.map(|content| content.as_array().and_then(|blocks| blocks.first()).unwrap_or(content));
        let text = block.map_or(&params["message"], |block| &block["text"]);
        Self { method, message: text.as_str().unwrap_or_default().to_owned(), params }
    }
}

/// The answers that are left, and the questions so far.
#[derive(Debug, Default)]
pub(super) struct Script {
    answers: VecDeque<Answer>,
    pub(super) asked: Vec<Asked>,
}

impl Script {
    pub(super) fn add(&mut self, answers: impl IntoIterator<Item = Answer>) {
        self.answers.extend(answers);
    }

    pub(super) fn left(&self) -> usize {
        self.answers.len()
    }

    /// The next answer, as the JSON of a result.
    ///
    /// # Errors
    /// What the server is told: there is no answer left, or it is one to another question.
    pub(super) fn answer(&mut self, method: &'static str, params: &str) -> Result<String, String> {
        let asked = Asked::new(method, params);
        let message = asked.message.clone();
        self.asked.push(asked);
        let Some(Answer(answer)) = self.answers.pop_front() else {
            return Err(format!(
                "the test has no answer left for {method} ({message:?}): add one to `.answering([…])`"
            ));
        };
        match (answer, method) {
            (Kind::Elicitation(reply), "elicitation/create") => Ok(reply.into_json()),
            (Kind::Sampling(reply), "sampling/createMessage") => Ok(reply.into_json()),
            (Kind::Failure(message), _) => Err(message),
            (other, _) => Err(format!("the test's answer is of another kind than {method} ({message:?}): {other:?}")),
        }
    }
}
