//! The values of arguments, on their way.

use std::marker::PhantomData;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::args::Param;
use crate::client::error::ClientError;
use crate::finite::{Unsendable, is_some, to_json};
use crate::json_text;
use crate::registry::ToolDef;

/// Values that can be sent as arguments: all that serialize.
#[diagnostic::on_unimplemented(
    message = "`{Self}` can't be sent as an argument",
    label = "`serde::Serialize` is not implemented for this type",
    note = "derive it beside `Deserialize`: `#[derive(serde::Serialize)]`"
)]
pub trait SendValue: Sized {
    /// Its JSON.
    fn send(self) -> Json;
}

/// JSON, or why there is none.
type Json = Result<Text, String>;

/// A value's JSON.
pub struct Text {
    json: String,
    /// Whether the value is a `Some`: then `null` is the value within it, and not what is left out.
    is_some: bool,
}

#[diagnostic::do_not_recommend]
impl<T: Serialize> SendValue for T {
    fn send(self) -> Json {
        let json = to_json(&self).map_err(|error| match error {
            Unsendable::Serde(error) => error.to_string(),
            Unsendable::NotFinite { .. } => "it has a number that is not finite, for which JSON has none".to_owned(),
        })?;
        Ok(Text { is_some: json == "null" && is_some(&self), json })
    }
}

/// The value of an argument of the type `T`, as JSON.
pub struct Sent<T> {
    pub(super) json: Json,
    of: PhantomData<fn() -> T>,
}

/// The value of an argument.
pub fn value<T: SendValue>(value: T) -> Sent<T> {
    Sent { json: value.send(), of: PhantomData }
}

/// The values of all arguments, in order.
pub struct Values(pub(super) Vec<Json>);

impl Values {
    /// The names and values of what is given: no `null` for what may be left out, unless the value `is_null`.
    ///
    /// # Errors
    /// [`ClientError::Invalid`]: a value is no JSON, or there are more or fewer parameters.
    fn named(
        self,
        of: &str,
        params: &'static [Param],
        is_null: fn(&Text) -> bool,
    ) -> Result<Vec<(&'static str, String)>, ClientError> {
        if self.0.len() != params.len() {
            // A type that is an extractor and an argument.
            return Err(ClientError::invalid(format!(
                "`{of}` has {} arguments, and its signature looks like {}: an argument's type is an extractor, too (`FromCall`)",
                params.len(),
                self.0.len(),
            )));
        }
        let named = params.iter().zip(self.0).map(|(param, json)| {
            let name = param.name();
            let text = json.map_err(|why| ClientError::invalid(format!("`{name}` of `{of}` cannot be sent: {why}")))?;
            let is_given = text.json != "null" || is_null(&text) || !param.may_be_missing();
            Ok(is_given.then_some((name, text.json)))
        });
        named.filter_map(Result::transpose).collect()
    }

    /// The same as texts, for URIs and prompts: what a string says, and the JSON of anything else.
    ///
    /// # Errors
    /// As [`named`](Self::named).
    pub(super) fn texts(self, of: &str, params: &'static [Param]) -> Result<Vec<(&'static str, String)>, ClientError> {
        // Texts have no `null`.
        let named = self.named(of, params, |_| false)?.into_iter();
        Ok(named.map(|(name, json)| (name, serde_json::from_str::<String>(&json).unwrap_or(json))).collect())
    }
}

impl ToolDef {
    /// The arguments as an object.
    ///
    /// # Errors
    /// [`ClientError::Invalid`]: a value cannot be sent.
    pub(super) fn arguments(&self, values: Values) -> Result<Box<RawValue>, ClientError> {
        let json: Result<String, String> = match self.common.params {
            // One parameter that takes all of them.
            [] if values.0.len() == 1 => values.0.into_iter().map(|json| json.map(|text| text.json)).collect(),
            // The `Some(None)` of an `Option<Option<T>>` is one.
            params => Ok(object(values.named(self.common.name, params, |text| text.is_some)?)),
        };
        json.and_then(|json| RawValue::from_string(json).map_err(|error| error.to_string())).map_err(|why| {
            ClientError::invalid(format!("the arguments of `{}` cannot be sent: {why}", self.common.name))
        })
    }
}

fn object(members: Vec<(&'static str, String)>) -> String {
    let members = members.into_iter().map(|(name, json)| format!("{}:{json}", json_text::string(name)));
    format!("{{{}}}", members.collect::<Vec<_>>().join(","))
}
