//! Forms whose schema is written by hand.

use mcp_proto::Version;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::elicit::{METHOD, accepted, form_params};
use super::fault::Faults;
use crate::call::{AskError, Capability, Question};

/// Asks the user to fill in a form with a schema written by hand; the answer is the content as it came, which nobody has held
/// to the schema.
///
/// Prefer [`elicit`](crate::elicit()), whose answers are typed and checked. The schema is sent to clients of every revision as
/// it stands: an object whose properties are strings, numbers, booleans and choices (`client/elicitation`, "Requested Schema").
///
/// ```
/// use mcp_runtime::{Question, elicit_raw};
///
/// let schema = r#"{"type": "object", "properties": {"age": {"type": "integer"}}}"#;
/// let answer = elicit_raw("How old are you?", schema).read(r#"{"action": "accept", "content": {"age": 36}}"#)?;
/// assert_eq!(answer["age"], 36);
/// # Ok::<(), mcp_runtime::AskError>(())
/// ```
pub fn elicit_raw(message: impl Into<String>, schema: impl Into<String>) -> RawElicitation {
    RawElicitation { message: message.into(), schema: schema.into() }
}

/// The question that [`elicit_raw`] makes.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::elicit_raw;
///
/// /// Asks what is wanted in a form that is known at run time only.
/// #[tool]
/// async fn fill_in(ctx: &Ctx, field: &str) -> Result<String> {
///     let schema = format!(r#"{{"type":"object","properties":{{"{field}":{{"type":"string"}}}}}}"#);
///     let answer = ctx.ask("form", elicit_raw("Please fill this in.", schema)).await?;
///     Ok(answer[field].as_str().unwrap_or_default().to_owned())
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a question does nothing until it is asked"]
pub struct RawElicitation {
    message: String,
    schema: String,
}

impl Question for RawElicitation {
    type Answer = Map<String, Value>;

    fn method(&self) -> &'static str {
        METHOD
    }

    fn needs(&self) -> Vec<Capability> {
        vec![Capability::Elicitation]
    }

    fn params(&self, version: Version) -> Result<String, String> {
        form_params(version, &self.message, || object(&self.schema, "the schema of a form"))
    }

    fn read(&self, result: &str) -> Result<Map<String, Value>, AskError> {
        let content = accepted(result)?;
        let members = serde_json::from_str(content).ok();
        let mut faults = Faults::default();
        if members.is_none() {
            faults.expected("content", "an object that can be read", content);
        }
        faults.or(members)
    }
}

/// JSON that a program has written, as it is to be sent.
///
/// # Errors
/// That `what` is no object.
pub(super) fn object(json: &str, what: &str) -> Result<Box<RawValue>, String> {
    let raw = serde_json::from_str::<&RawValue>(json).ok().filter(|raw| raw.get().starts_with('{'));
    raw.map(ToOwned::to_owned).ok_or_else(|| format!("{what} is not a JSON object"))
}
