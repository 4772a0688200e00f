//! Forms and web pages that servers ask users for (`client/elicitation`).

use mcp_proto::wire::RpcError;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::json_text;

/// A form that the server asks the user to fill in.
///
/// ```
/// use mcp_runtime::client::{ClientHandler, ElicitationReply};
/// use serde_json::json;
///
/// let handler = ClientHandler::new().on_form(|form| async move {
///     println!("{}", form.message());
///     if form.required().eq(["sure"]) {
///         ElicitationReply::accept(json!({ "sure": true }))
///     } else {
///         ElicitationReply::decline()
///     }
/// });
/// # let _ = handler;
/// ```
#[derive(Clone, Debug)]
pub struct ElicitationForm {
    message: String,
    schema: Value,
}

impl ElicitationForm {
    pub(super) fn read(params: Box<str>) -> Result<Self, RpcError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Params {
            #[serde(default)]
            message: String,
            #[serde(default)]
            requested_schema: Value,
        }
        let Params { message, requested_schema } = super::read(&params)?;
        Ok(Self { message, schema: requested_schema })
    }

    /// What to tell the user.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The form: a flat JSON Schema, whose `properties` are its fields.
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// The fields with their defaults, of those that have one.
    ///
    /// ```
    /// use mcp_runtime::client::{ClientHandler, ElicitationReply};
    ///
    /// // Accepts whatever is proposed.
    /// let handler = ClientHandler::new().on_form(|form| async move { ElicitationReply::accept(form.defaults()) });
    /// # let _ = handler;
    /// ```
    pub fn defaults(&self) -> Map<String, Value> {
        let fields = self.schema["properties"].as_object().into_iter().flatten();
        fields.filter_map(|(name, field)| Some((name.clone(), field.get("default")?.clone()))).collect()
    }

    /// The names of the fields that must be filled in.
    pub fn required(&self) -> impl Iterator<Item = &str> {
        self.schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str)
    }
}

/// A web page that the server wants the user to visit.
///
/// ```
/// use mcp_runtime::client::{ClientHandler, ElicitationReply};
/// use serde_json::Value;
///
/// let handler = ClientHandler::new().on_page(|page| async move {
///     println!("{}\nPlease visit {}", page.message, page.url);
///     ElicitationReply::accept(Value::Null)
/// });
/// # let _ = handler;
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ElicitationPage {
    /// What to tell the user.
    #[serde(default)]
    pub message: String,
    /// The page. Show it to the user before you open it.
    pub url: String,
    /// Its id, which a later notification may name (2025-11-25 only).
    pub elicitation_id: Option<String>,
}

impl ElicitationPage {
    pub(super) fn read(params: &str) -> Result<Self, RpcError> {
        super::read(params)
    }
}

/// Whether the question is one for a web page.
pub(super) fn is_page(params: &str) -> bool {
    super::super::result::text_of(params, "mode").is_some_and(|mode| mode == "url")
}

/// What the user does with a form, or with a page.
///
/// ```
/// use mcp_runtime::client::{ClientHandler, ElicitationReply};
///
/// // A program without a user says no to everything.
/// let handler = ClientHandler::new()
///     .on_form(|_| async { ElicitationReply::decline() })
///     .on_page(|_| async { ElicitationReply::cancel() });
/// # let _ = handler;
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct ElicitationReply {
    action: &'static str,
    content: Option<Value>,
}

impl ElicitationReply {
    /// The form is filled in: an object with the fields' values. For a page, the user has agreed to visit it; its content is
    /// [`Value::Null`].
    pub fn accept(content: impl Into<Value>) -> Self {
        Self { action: "accept", content: Some(content.into()).filter(|content| !content.is_null()) }
    }

    /// The user says no.
    pub fn decline() -> Self {
        Self { action: "decline", content: None }
    }

    /// The user says nothing.
    pub fn cancel() -> Self {
        Self { action: "cancel", content: None }
    }

    pub(crate) fn into_json(self) -> String {
        match self.content {
            Some(content) => format!(r#"{{"action":"{}","content":{}}}"#, self.action, json_text::value(&content)),
            None => format!(r#"{{"action":"{}"}}"#, self.action),
        }
    }
}
