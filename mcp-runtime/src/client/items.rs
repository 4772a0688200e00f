//! What servers list.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::mirror::Mirror;

/// A tool that a server offers (`server/tools`, "Tool").
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for tool in client.tools().await? {
///     println!("{}: {}", tool.name, tool.description.as_deref().unwrap_or_default());
///     println!("{}", tool.input_schema.get()); // for a model's API
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Tool {
    /// The name to call it by.
    pub name: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What it does, for the model.
    pub description: Option<String>,
    /// The JSON Schema of its arguments, as the server has written it.
    pub input_schema: Box<RawValue>,
    /// The JSON Schema of its structured result, as the server has written it.
    pub output_schema: Option<Box<RawValue>>,
    /// Hints on what it does.
    #[serde(default)]
    pub annotations: ToolHints,
    /// Its icons, as they were sent.
    #[serde(default)]
    pub icons: Vec<Value>,
    /// What extensions say of it.
    #[serde(rename = "_meta", default)]
    pub meta: Map<String, Value>,
    /// Which arguments go into headers.
    #[serde(skip)]
    pub(super) mirror: Mirror,
}

/// Hints on what a tool does (`server/tools`, "ToolAnnotations"). They are the server's word: believe those of servers that you
/// trust.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for tool in client.tools().await?.into_iter().filter(|tool| tool.annotations.read_only_hint != Some(true)) {
///     println!("ask the user before {} is called", tool.name);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ToolHints {
    /// A title for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// It changes nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read_only_hint: Option<bool>,
    /// What it changes it may destroy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destructive_hint: Option<bool>,
    /// Called twice with the same arguments, it does no more than called once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotent_hint: Option<bool>,
    /// It talks to the world outside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub open_world_hint: Option<bool>,
}

impl ToolHints {
    /// Whether a call may be sent twice without harm.
    pub(super) fn is_repeatable(&self) -> bool {
        self.read_only_hint == Some(true) || self.idempotent_hint == Some(true)
    }
}

/// A resource that a server offers (`server/resources`, "Resource").
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for resource in client.resources().await? {
///     println!("{} ({})", resource.uri, resource.mime_type.as_deref().unwrap_or("of no known type"));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ResourceItem {
    /// Where it stands.
    pub uri: String,
    /// Its name, for programs.
    pub name: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Its MIME type.
    pub mime_type: Option<String>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Hints on its use, as they were sent.
    #[serde(default)]
    pub annotations: Map<String, Value>,
    /// What extensions say of it.
    #[serde(rename = "_meta", default)]
    pub meta: Map<String, Value>,
}

/// A template of resources' URIs (`server/resources`, "Resource Templates").
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for template in client.templates().await? {
///     println!("{}: {}", template.uri_template, template.name);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct TemplateItem {
    /// The template, as in RFC 6570.
    pub uri_template: String,
    /// Its name, for programs.
    pub name: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What its resources are.
    pub description: Option<String>,
    /// The MIME type that all of them have.
    pub mime_type: Option<String>,
    /// Hints on their use, as they were sent.
    #[serde(default)]
    pub annotations: Map<String, Value>,
    /// What extensions say of it.
    #[serde(rename = "_meta", default)]
    pub meta: Map<String, Value>,
}

/// A prompt that a server offers (`server/prompts`, "Prompt").
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for prompt in client.prompts().await? {
///     let required = prompt.arguments.iter().filter(|argument| argument.required);
///     println!("{} needs {:?}", prompt.name, required.map(|argument| &argument.name).collect::<Vec<_>>());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct PromptItem {
    /// The name to get it by.
    pub name: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Its arguments.
    #[serde(default)]
    pub arguments: Vec<PromptArgument>,
    /// What extensions say of it.
    #[serde(rename = "_meta", default)]
    pub meta: Map<String, Value>,
}

/// An argument of a prompt.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for prompt in client.prompts().await? {
///     for argument in prompt.arguments.iter().filter(|argument| argument.required) {
///         println!("{} needs {}: {:?}", prompt.name, argument.name, argument.description);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct PromptArgument {
    /// Its name, for programs.
    pub name: String,
    /// Its name, for people.
    pub title: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Whether it must be given.
    #[serde(default)]
    pub required: bool,
}
