//! What a handler can ask the client, and why it may have no answer.

use std::error::Error as StdError;
use std::fmt;

use mcp_proto::Version;

use crate::call::Capability;

/// Something to ask the client: its user, its model, which directories it works in (`client/elicitation`,
/// `client/sampling`, `client/roots`).
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::{Capability, Question, Version};
///
/// /// A request of an extension: which time zone the client is in.
/// struct TimeZone;
///
/// impl Question for TimeZone {
///     type Answer = String;
///
///     fn method(&self) -> &'static str {
///         "com.example/timeZone"
///     }
///
///     fn needs(&self) -> Vec<Capability> {
///         vec![Capability::Extension("com.example/time")]
///     }
///
///     fn params(&self, version: Version) -> Result<String, String> {
///         if version.has_extensions() { Ok("{}".to_owned()) } else { Err("extensions".to_owned()) }
///     }
///
///     fn read(&self, result: &str) -> Result<String, AskError> {
///         let result: serde_json::Value =
///             serde_json::from_str(result).map_err(|why| AskError::Invalid(why.to_string()))?;
///         let zone = result["timeZone"].as_str();
///         zone.map(str::to_owned).ok_or_else(|| AskError::Invalid("`timeZone` is missing".to_owned()))
///     }
/// }
///
/// /// Tells when something begins, as the user's clock has it.
/// #[tool]
/// async fn begins(ctx: &Ctx) -> Result<String> {
///     let zone = ctx.ask("zone", TimeZone).await?;
///     Ok(format!("at 9:00 in {zone}"))
/// }
/// ```
pub trait Question {
    /// What a good answer is.
    type Answer;

    /// The request's method: `elicitation/create`.
    fn method(&self) -> &'static str;

    /// What the client must have declared, each of them.
    fn needs(&self) -> Vec<Capability>;

    /// The request's params, a JSON object, as a revision has them.
    ///
    /// # Errors
    /// What the revision lacks, in words that name the part of the question that wants it.
    fn params(&self, version: Version) -> Result<String, String>;

    /// Reads the client's result, JSON, and holds it to what was asked.
    ///
    /// # Errors
    /// [`AskError::Declined`], [`AskError::Cancelled`], or [`AskError::Invalid`] with every fault.
    fn read(&self, result: &str) -> Result<Self::Answer, AskError>;
}

/// Why a question has no answer.
///
/// It is an error like any other: `?` passes it on, and a tool that returns it tells the model.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// #[derive(Elicit)]
/// struct Gift {
///     note: String,
/// }
///
/// /// Orders something, as a gift if the user wants.
/// #[tool]
/// async fn order(ctx: &Ctx) -> Result<String> {
///     match ctx.ask("gift", elicit::<Gift>("A note for the gift?")).await {
///         Ok(gift) => Ok(format!("ordered, with the note {:?}", gift.note)),
///         // An answer, too.
///         Err(AskError::Declined) => Ok("ordered".to_owned()),
///         Err(error) => Err(error.into()),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AskError {
    /// The user has said no: "the user declined to answer".
    Declined,
    /// The user has closed the question without an answer: "the user cancelled the question".
    Cancelled,
    /// The answer is not what was asked for: "the answer is not what was asked for: {0}". The string says why.
    Invalid(String),
    /// The client has refused the request, or failed at it: "the client did not answer: {0}". The string is the client's own.
    Refused(String),
    /// The question cannot be asked: the client's revision of the protocol lacks a part of it, or a part of it is wrong: "this
    /// cannot be asked: {0}". The string names the part.
    Unsupported(String),
    /// Nobody has answered in time, or the client is gone: "the question was not answered: {0}". The string says which.
    Unanswered(String),
    /// Something else was asked under this key, which is the string, in the same call: "the key `{0}` was asked twice in one call;
    /// give each question its own".
    AskedTwice(String),
    /// The call no longer waits for it: it has ended, or goes on in another round: "the call no longer waits for an answer". Only
    /// tasks that the handler has spawned see this.
    Gone,
}

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Declined => f.write_str("the user declined to answer"),
            Self::Cancelled => f.write_str("the user cancelled the question"),
            Self::Invalid(why) => write!(f, "the answer is not what was asked for: {why}"),
            Self::Refused(why) => write!(f, "the client did not answer: {why}"),
            Self::Unsupported(what) => write!(f, "this cannot be asked: {what}"),
            Self::Unanswered(why) => write!(f, "the question was not answered: {why}"),
            Self::AskedTwice(key) => {
                write!(f, "the key `{key}` was asked twice in one call; give each question its own")
            }
            Self::Gone => f.write_str("the call no longer waits for an answer"),
        }
    }
}

impl StdError for AskError {}

#[cfg(test)]
mod tests {
    use super::*;

    /// As other errors do: "nothing was deleted: the user declined to answer".
    #[test]
    fn its_texts_stand_inside_those_of_other_errors() {
        let why = || "why".to_owned();
        for error in [
            AskError::Declined,
            AskError::Cancelled,
            AskError::Invalid(why()),
            AskError::Refused(why()),
            AskError::Unsupported(why()),
            AskError::Unanswered(why()),
            AskError::AskedTwice(why()),
            AskError::Gone,
        ] {
            let text = error.to_string();
            assert!(text.starts_with(char::is_lowercase) && !text.ends_with('.'), "{text}");
        }
    }
}
