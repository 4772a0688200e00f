//! Reading one's own resources.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mcp_proto::wire::Method;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};

use super::reply;
use super::tool::string;
use crate::call::Ctx;
use crate::output::Error;

/// What reading a resource has given (`server/resources`, "Resource Contents").
///
/// ```
/// use mcp_runtime::prelude::*;
/// use serde_json::json;
///
/// /// The settings.
/// #[resource("app://settings", mime = "application/json")]
/// fn settings() -> serde_json::Value {
///     json!({ "volume": 7 })
/// }
///
/// /// Says how loud it is.
/// #[tool(read_only)]
/// async fn volume(ctx: &Ctx) -> Result<u64> {
///     let settings: serde_json::Value = ctx.read("app://settings").await?.value()?;
///     Ok(settings["volume"].as_u64().unwrap_or_default())
/// }
/// ```
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
#[non_exhaustive]
pub struct ReadResourceResult {
    /// Its pieces; most resources have one.
    pub contents: Vec<ReadContents>,
}

/// A piece of a resource: text or bytes.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// /// Says what is in a resource.
/// #[tool(read_only)]
/// async fn look(ctx: &Ctx, uri: &str) -> Result<Vec<String>> {
///     let piece = |piece: &mcp_runtime::ReadContents| match (&piece.text, &piece.blob) {
///         (Some(text), _) => format!("{}: {} characters", piece.uri, text.chars().count()),
///         (None, Some(bytes)) => format!("{}: {} bytes", piece.uri, bytes.len()),
///         (None, None) => format!("{}: nothing", piece.uri),
///     };
///     Ok(ctx.read(uri).await?.contents.iter().map(piece).collect())
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct ReadContents {
    /// Where it stands.
    pub uri: String,
    /// Its MIME type.
    pub mime_type: Option<String>,
    /// What it says, if it is text.
    pub text: Option<String>,
    /// What it holds, if it is not.
    #[serde(deserialize_with = "bytes")]
    pub blob: Option<Vec<u8>>,
}

impl ReadResourceResult {
    /// All its text, pieces on lines of their own.
    pub fn text(&self) -> String {
        self.contents.iter().filter_map(|piece| piece.text.as_deref()).collect::<Vec<_>>().join("\n")
    }

    /// Its text's JSON, as a `T`.
    ///
    /// # Errors
    /// What does not fit.
    pub fn value<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.text()).map_err(Error::internal)
    }
}

fn bytes<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Vec<u8>>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| STANDARD.decode(text).map_err(serde::de::Error::custom)).transpose()
}

impl Ctx {
    /// Reads a resource of the same server, for the same client and principal. The questions it asks travel under `uri/key`. The
    /// URI is that of the server: where the group of the resource is mounted under a prefix
    /// ([`mount_as`](crate::ServerBuilder::mount_as)), with the prefix.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// /// A note.
    /// #[resource("note://{id}")]
    /// fn note(id: u32) -> String {
    ///     format!("This is note {id}")
    /// }
    ///
    /// /// Counts the words of a note.
    /// #[tool]
    /// async fn count(ctx: &Ctx, id: u32) -> Result<usize> {
    ///     let note = ctx.read(&format!("note://{id}")).await?;
    ///     Ok(note.text().split_whitespace().count())
    /// }
    /// ```
    ///
    /// # Errors
    /// What the resource failed with; or that there is none at this URI.
    pub async fn read(&self, uri: &str) -> Result<ReadResourceResult, Error> {
        let params = BTreeMap::from([("uri", string(uri)?)]);
        reply::result(&self.request(uri, &Method::ResourcesRead, params).await)
    }
}
