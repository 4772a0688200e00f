//! Forms for the client's user, with typed answers (`client/elicitation`, "Form Mode").

use std::fmt;

use mcp_proto::Version;
use serde::Serialize;
use serde_json::value::RawValue;

use super::fault::Faults;
use super::form::{Answers, Elicit, FormField, check_defaults, schema};
use super::members::Members;
use crate::call::{AskError, Capability, Question};

/// Asks the user to fill in a form: the fields of a struct that derives [`Elicit`](trait@crate::Elicit).
///
/// A form passes through the client, so do not ask for passwords, keys or payment data: send the user to a web page of your
/// own with [`elicit_url`](crate::elicit_url).
///
/// ```
/// use mcp_runtime::Question;
/// use mcp_runtime::prelude::*;
///
/// #[derive(Elicit)]
/// struct Booking {
///     /// When you come.
///     #[elicit(format = "date")]
///     day: String,
///     #[elicit(default = 1)]
///     guests: u8,
/// }
///
/// /// Books a table.
/// #[tool]
/// async fn book(ctx: &Ctx) -> Result<String, Error> {
///     match ctx.ask("booking", elicit::<Booking>("When shall we expect you?")).await {
///         Ok(Booking { day, guests }) => Ok(format!("a table for {guests} on {day}")),
///         Err(AskError::Declined | AskError::Cancelled) => Ok("another time, then".to_owned()),
///         Err(other) => Err(other.into()),
///     }
/// }
///
/// // How an answer is read, for a unit test:
/// let question = elicit::<Booking>("When shall we expect you?");
/// let booking = question.read(r#"{"action": "accept", "content": {"day": "2026-08-01"}}"#)?;
/// assert_eq!((booking.day.as_str(), booking.guests), ("2026-08-01", 1));
/// assert_eq!(question.read(r#"{"action": "decline"}"#).err(), Some(AskError::Declined));
/// # Ok::<(), AskError>(())
/// ```
pub fn elicit<T: Elicit>(message: impl Into<String>) -> Elicitation<T> {
    Elicitation { message: message.into(), fields: T::FIELDS, read: |answers| answers.read() }
}

/// The question that [`elicit`] returns.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// #[derive(Elicit)]
/// struct Size {
///     /// In centimetres.
///     #[elicit(range(30..=60))]
///     size: u8,
/// }
///
/// /// Orders shoes.
/// #[tool]
/// async fn order(ctx: &Ctx) -> Result<String> {
///     let question: mcp_runtime::Elicitation<Size> = elicit("Which size?");
///     let Size { size } = ctx.ask("size", question).await?;
///     Ok(format!("ordered size {size}"))
/// }
/// ```
// Only `elicit` requires that `T` is a form: a missing derive is one error, not one for every use of the question.
#[must_use = "a question does nothing until it is asked"]
pub struct Elicitation<T> {
    message: String,
    fields: &'static [FormField],
    read: fn(Answers<'_>) -> Result<T, AskError>,
}

impl<T> Elicitation<T> {
    /// A question with a form of other fields than its type has.
    pub(super) fn with_fields(
        message: String,
        fields: &'static [FormField],
        read: fn(Answers<'_>) -> Result<T, AskError>,
    ) -> Self {
        Self { message, fields, read }
    }

    /// What is wrong with the form itself: defaults that no answer could have.
    fn mistake(&self) -> Result<(), String> {
        let mut faults = Faults::default();
        check_defaults(self.fields, &mut faults);
        faults.told().map_or(Ok(()), |told| Err(format!("a default breaks the rules of its own field: {told}")))
    }
}

impl<T> Clone for Elicitation<T> {
    fn clone(&self) -> Self {
        Self { message: self.message.clone(), fields: self.fields, read: self.read }
    }
}

impl<T> fmt::Debug for Elicitation<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elicitation").field("message", &self.message).finish_non_exhaustive()
    }
}

impl<T> Question for Elicitation<T> {
    type Answer = T;

    fn method(&self) -> &'static str {
        METHOD
    }

    fn needs(&self) -> Vec<Capability> {
        vec![Capability::Elicitation]
    }

    fn params(&self, version: Version) -> Result<String, String> {
        form_params(version, &self.message, || {
            self.mistake()?;
            schema(self.fields, version)
        })
    }

    fn read(&self, result: &str) -> Result<T, AskError> {
        self.mistake().map_err(AskError::Unsupported)?;
        let content = accepted(result)?;
        let mut faults = Faults::default();
        let Some(members) = Members::read("content", content, &mut faults) else {
            return faults.or(None);
        };
        (self.read)(Answers::of(self.fields, members.nameless()))
    }
}

pub(super) const METHOD: &str = "elicitation/create";

/// The params of a question with a form, whose schema is made where there are forms at all.
pub(super) fn form_params(
    version: Version,
    message: &str,
    schema: impl FnOnce() -> Result<Box<RawValue>, String>,
) -> Result<String, String> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Params<'a> {
        #[serde(skip_serializing_if = "Option::is_none")]
        mode: Option<&'static str>,
        message: &'a str,
        requested_schema: &'a RawValue,
    }
    if !version.has_elicitation() {
        return Err("elicitation, which came with 2025-06-18".to_owned());
    }
    let mode = version.has_elicitation_modes().then_some("form");
    let params = Params { mode, message, requested_schema: &schema()? };
    serde_json::to_string(&params).map_err(|error| error.to_string())
}

/// The content of an answer that the user has sent; one without content has an empty one.
///
/// # Errors
/// What the user has done instead, or what is wrong with the answer.
pub(super) fn accepted(result: &str) -> Result<&str, AskError> {
    let mut faults = Faults::default();
    let Some(members) = Members::read("", result, &mut faults) else {
        return faults.or(None);
    };
    let action = members.raw("action", &mut faults);
    // Escapes are legal in it, though nobody writes them.
    match action.map(|json| (json, serde_json::from_str::<String>(json).unwrap_or_default())) {
        None => faults.or(None),
        Some((json, action)) => match action.as_str() {
            "accept" => Ok(members.given("content").unwrap_or("{}")),
            "decline" => Err(AskError::Declined),
            "cancel" => Err(AskError::Cancelled),
            _ => {
                faults.expected("action", r#""accept", "decline" or "cancel""#, json);
                faults.or(None)
            }
        },
    }
}
