//! The server todo 0.0.0, as `mcp generate` has found it.

#![allow(dead_code, reason = "a program need not call all that a server offers")]
#![allow(clippy::all, reason = "it is generated")]

use mcp_runtime::client::{Client, ClientError};
use mcp_runtime::serde::{Deserialize, Serialize};

/// Counts them.
pub async fn count(client: &Client, arguments: &CountArguments) -> Result<u64, ClientError> {
    client.call("count", arguments).await?.value()
}

/// Lists what is to be done.
pub async fn list(client: &Client, arguments: &ListArguments) -> Result<Vec<Item>, ClientError> {
    client.call("list", arguments).await?.value()
}

/// Tells what it costs to send one.
pub async fn postage(client: &Client, arguments: &PostageArguments) -> Result<u64, ClientError> {
    client.call("postage", arguments).await?.value()
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
