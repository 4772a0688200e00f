//! What requests give.

use std::borrow::Cow;
use std::fmt;

use mcp_proto::types::Role;
use mcp_proto::wire::{Cursor, Response, Stopped, members};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::content::ContentBlock;
use super::error::{ClientError, Reason};

/// The result of a tool (`server/tools`, "Tool Result"). It keeps the bytes that came, and reads them when it is asked.
///
/// ```
/// # use mcp_runtime::client::{Client, ClientError};
/// # use serde_json::json;
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let result = client.call("add", json!({"a": 2, "b": 3})).await?;
/// let sum: i64 = result.value()?;
/// println!("{sum}, or as text: {}", result.text());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct CallResult {
    response: Response,
}

impl CallResult {
    /// Of an answer that has a result.
    pub(super) fn new(response: Response) -> Self {
        Self { response }
    }

    /// The result as JSON, as the server has sent it.
    pub fn json(&self) -> &str {
        self.response.outcome().unwrap_or("{}")
    }

    /// Whether the tool says that it has failed.
    pub fn is_error(&self) -> bool {
        self.response.is_error()
    }

    /// The blocks of content.
    ///
    /// # Errors
    /// [`ClientError::Protocol`]: they are not blocks of content.
    pub fn content(&self) -> Result<Vec<ContentBlock>, ClientError> {
        read("content", self.response.content().unwrap_or("[]"))
    }

    /// The text of all blocks of text, each on lines of its own.
    pub fn text(&self) -> String {
        let mut all = String::new();
        // What is no text, and what is not as the protocol has it, has none.
        let _ = texts(self.response.content().unwrap_or("[]"), |text| {
            if !all.is_empty() {
                all.push('\n');
            }
            all.push_str(&text);
        });
        all
    }

    /// The structured content, as JSON.
    pub fn structured(&self) -> Option<&str> {
        self.response.structured()
    }

    /// The value that the tool has returned, as a `T`: read from the structured content if there is any, and else from the JSON
    /// of the text. `{"result": …}`, in which numbers and lists are wrapped, is unwrapped, unless `T` is such an object itself. For a
    /// `serde_json::Value`, which is anything, it is unwrapped if `result` is the only member; [`structured`](Self::structured) has
    /// what came.
    ///
    /// # Errors
    /// [`ClientError::Mismatch`]: it is not a `T`.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        let Some(structured) = self.structured() else {
            let text = self.text();
            return serde_json::from_str(&text).map_err(|error| misfit(&error, "the text of the result"));
        };
        if std::any::type_name::<T>() == std::any::type_name::<Value>()
            && let Ok(Value::Object(mut members)) = serde_json::from_str(structured)
            && let (1, Some(wrapped)) = (members.len(), members.get_mut("result"))
        {
            return serde_json::from_value(wrapped.take()).map_err(|error| misfit(&error, "the structured result"));
        }
        serde_json::from_str(structured).or_else(|error| {
            let wrapped = member(structured, "result").ok_or_else(|| misfit(&error, "the structured result"))?;
            serde_json::from_str(wrapped).map_err(|error| misfit(&error, "the structured result"))
        })
    }

    /// The `_meta` of the result, as JSON.
    pub fn meta(&self) -> Option<&str> {
        member(self.json(), "_meta")
    }
}

impl fmt::Debug for CallResult {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CallResult").field(&self.json()).finish()
    }
}

/// What a prompt gives (`server/prompts`).
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
/// use serde_json::json;
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let prompt = client.prompt("review", json!({"code": "let a = 1;"})).await?;
/// for message in &prompt.messages {
///     println!("{:?}: {:?}", message.role, message.content.text());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct PromptResult {
    /// What it is.
    pub description: Option<String>,
    /// Who says what.
    pub messages: Vec<MessageBlock>,
}

/// A message of a prompt.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for message in client.prompt("greet", ()).await?.messages {
///     println!("{:?} says {}", message.role, message.content.text().unwrap_or("something else"));
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct MessageBlock {
    /// Who says it.
    pub role: Role,
    /// What is said.
    pub content: ContentBlock,
}

impl PromptResult {
    /// All its text, messages on lines of their own.
    pub fn text(&self) -> String {
        self.messages.iter().filter_map(|message| message.content.text()).collect::<Vec<_>>().join("\n")
    }
}

/// What could be written in a place (`server/utilities/completion`).
///
/// ```
/// use mcp_runtime::client::{Client, ClientError, Completing};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let found = client.complete(Completing::Template("note://{id}"), "id", "4", ()).await?;
/// println!("{:?}{}", found.values, if found.has_more { " and more" } else { "" });
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct Completion {
    /// Proposals, the best first.
    pub values: Vec<String>,
    /// How many there are in all.
    pub total: Option<u64>,
    /// Whether there are more.
    pub has_more: bool,
}

/// Gives the texts of blocks of content.
///
/// # Errors
/// They are not blocks of content.
fn texts(content: &str, mut give: impl FnMut(Cow<'_, str>)) -> Result<(), Stopped> {
    let mut cursor = Cursor::new(content);
    let mut more = cursor.enter_array()?;
    while more {
        let (mut is_text, mut text) = (false, None);
        let mut more_members = cursor.enter_object()?;
        while more_members {
            let name = cursor.name()?.text();
            let member = cursor.value()?;
            match name.as_deref() {
                Some("type") => is_text = member.text().is_some_and(|kind| kind == "text"),
                Some("text") => text = member.text(),
                _ => {}
            }
            more_members = cursor.more_members()?;
        }
        text.filter(|_| is_text).into_iter().for_each(&mut give);
        more = cursor.more_items()?;
    }
    Ok(())
}

/// Reads a part of a result.
///
/// # Errors
/// [`ClientError::Protocol`].
pub(super) fn read<'a, T: Deserialize<'a>>(what: &str, json: &'a str) -> Result<T, ClientError> {
    serde_json::from_str(json)
        .map_err(|error| ClientError::protocol(format!("{what} cannot be read: {}", without_place(&error))))
}

/// A member of an object, as JSON. Of one that is there twice, the last.
pub(super) fn member<'a>(object: &'a str, wanted: &str) -> Option<&'a str> {
    let mut found = None;
    members(object, |name, member| {
        if name == wanted {
            found = Some(member.json());
        }
        true
    });
    found
}

/// A member that is a text.
pub(super) fn text_of<'a>(object: &'a str, wanted: &str) -> Option<Cow<'a, str>> {
    let mut found = None;
    members(object, |name, member| {
        if name == wanted {
            found = member.text();
        }
        true
    });
    found
}

/// The error of JSON that is of another type.
pub(super) fn misfit(error: &serde_json::Error, what: &str) -> ClientError {
    ClientError::mismatch(Reason::from(format!("{what} is of another type: {}", without_place(error))))
}

/// What is wrong, without the place in a line that nobody sees.
pub(super) fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap_or_default().to_owned()
}
