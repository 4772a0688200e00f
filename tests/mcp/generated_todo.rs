//! The server todo 1.2.3, as `mcp generate` has found it.

#![allow(dead_code, reason = "a program need not call all that a server offers")]
#![allow(clippy::all, reason = "it is generated")]

use mcp_runtime::client::{CallResult, Client, ClientError};
use mcp_runtime::serde::{Deserialize, Serialize};

/// Changes the note of all items: `null` clears it, and nothing leaves it as it is.
pub async fn annotate(client: &Client, arguments: &AnnotateArguments) -> Result<CallResult, ClientError> {
    client.call("annotate", arguments).await
}

/// Counts them.
pub async fn count(client: &Client, arguments: &CountArguments) -> Result<u64, ClientError> {
    client.call("count", arguments).await?.value()
}

/// Finds items.
pub async fn find(client: &Client, arguments: &FindArguments) -> Result<Vec<String>, ClientError> {
    client.call("find", arguments).await?.value()
}

/// Lists what is to be done.
pub async fn list(client: &Client, arguments: &ListArguments) -> Result<Vec<Item>, ClientError> {
    client.call("list", arguments).await?.value()
}

/// Tells what it costs to send one.
pub async fn postage(client: &Client, arguments: &PostageArguments) -> Result<u64, ClientError> {
    client.call("postage", arguments).await?.value()
}

/// Reads what may be `null`, which is `Some(None)`: what is left out is `None`.
fn null_or<'de, D: mcp_runtime::serde::Deserializer<'de>, T: Deserialize<'de>>(json: D) -> Result<Option<T>, D::Error> {
    T::deserialize(json).map(Some)
}

/// The arguments of `annotate`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct AnnotateArguments {
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "null_or")]
    pub note: Option<Option<String>>,
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
}

/// One of several texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub enum Priority {
    /// The text "low".
    #[serde(rename = "low")]
    Low,
    /// The text "high".
    #[serde(rename = "high")]
    High,
}

/// An object without a description.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct Item {
    /// A member without a description.
    pub priority: Priority,
    /// What comes after it.
    pub then: Vec<Box<Item>>,
    /// A member without a description.
    pub title: String,
}

/// The arguments of `count`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct CountArguments {
    /// A member without a description.
    pub items: Vec<Item>,
}

/// Which items are meant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
#[serde(tag = "by")]
pub enum Filter {
    /// Those with this in their titles.
    #[serde(rename = "title")]
    Title {
        /// A member without a description.
        text: String,
        /// A member without a description.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        whole: Option<bool>,
    },
    /// An alternative without a description.
    #[serde(rename = "like")]
    Like(Item),
    /// An alternative without a description.
    #[serde(rename = "not")]
    Not {
        /// A member without a description.
        filter: Box<Filter>,
    },
    /// An alternative without a description.
    #[serde(rename = "all")]
    All,
}

/// The arguments of `find`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct FindArguments {
    /// A member without a description.
    pub filter: Filter,
}

/// The arguments of `list`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct ListArguments {
    /// A member without a description.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub priority: Option<Priority>,
}

/// One of several texts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub enum Priority2 {
    /// The text "Express".
    #[serde(rename = "Express")]
    Express,
    /// The text "Parcel".
    #[serde(rename = "Parcel")]
    Parcel,
}

/// The arguments of `postage`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "mcp_runtime::serde")]
pub struct PostageArguments {
    /// A member without a description.
    pub priority: Priority2,
}
