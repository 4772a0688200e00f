//! Content as servers send it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::nested::ReadContents;

/// One block of content, as a tool or a prompt of a server gives it (`server/tools`, "Tool Result").
///
/// ```
/// use mcp_runtime::client::{Client, ClientError, ContentBlock};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for block in client.call("chart", ()).await?.content()? {
///     match block {
///         ContentBlock::Text(block) => println!("{}", block.text),
///         ContentBlock::Image(block) => println!("{} bytes of {}", block.data.len(), block.mime_type),
///         ContentBlock::ResourceLink(link) => println!("see {}", link.uri),
///         _ => {}
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
pub enum ContentBlock {
    /// Text.
    Text(TextBlock),
    /// A picture.
    Image(MediaBlock),
    /// Sound.
    Audio(MediaBlock),
    /// A link to a resource, which can be [read](super::Client::read).
    ResourceLink(LinkBlock),
    /// The contents of a resource.
    Resource(EmbeddedBlock),
    /// A kind that is not known here: its `type` is in a later revision, or of an extension. [`CallResult::json`] has it as it
    /// was sent.
    ///
    /// [`CallResult::json`]: super::CallResult::json
    #[serde(other)]
    Other,
}

/// Text.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError, ContentBlock};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for block in client.call("forecast", ()).await?.content()? {
///     if let ContentBlock::Text(block) = block {
///         println!("{} {:?}", block.text, block.annotations.get("priority"));
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct TextBlock {
    /// What it says.
    pub text: String,
    /// Hints on its use, as they were sent.
    #[serde(default)]
    pub annotations: Map<String, Value>,
}

/// A picture or sound.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError, ContentBlock};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// let chart = client.call("chart", ()).await?.content()?;
/// if let Some(ContentBlock::Image(image)) = chart.first() {
///     std::fs::write("chart.png", &image.data).expect("the file can be written");
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MediaBlock {
    /// The bytes of the file.
    #[serde(deserialize_with = "base64")]
    pub data: Vec<u8>,
    /// The MIME type of the file.
    pub mime_type: String,
    /// Hints on its use, as they were sent.
    #[serde(default)]
    pub annotations: Map<String, Value>,
}

/// A link to a resource.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError, ContentBlock};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for block in client.call("find_manual", ()).await?.content()? {
///     if let ContentBlock::ResourceLink(link) = block {
///         println!("{}", client.read(&link.uri).await?.text());
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct LinkBlock {
    /// Where the resource stands.
    pub uri: String,
    /// Its name, for programs.
    #[serde(default)]
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
}

/// The contents of a resource.
///
/// ```
/// use mcp_runtime::client::{Client, ClientError, ContentBlock};
///
/// # async fn example(client: Client) -> Result<(), ClientError> {
/// for block in client.call("show_manual", ()).await?.content()? {
///     if let ContentBlock::Resource(embedded) = block {
///         println!("{}: {:?}", embedded.resource.uri, embedded.resource.text);
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[non_exhaustive]
pub struct EmbeddedBlock {
    /// The contents.
    pub resource: ReadContents,
    /// Hints on its use, as they were sent.
    #[serde(default)]
    pub annotations: Map<String, Value>,
}

impl ContentBlock {
    /// The text, of a block of text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(block) => Some(&block.text),
            _ => None,
        }
    }
}

fn base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    STANDARD.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_read_by_their_type() {
        let json = r#"[{"type":"text","text":"a","annotations":{"priority":1}},
            {"type":"image","data":"AQI=","mimeType":"image/png"},
            {"type":"resource_link","uri":"a:b","name":"b"},
            {"type":"resource","resource":{"uri":"a:b","text":"c"}},
            {"type":"hologram","depth":3}]"#;
        let blocks: Vec<ContentBlock> = serde_json::from_str(json).expect("blocks");
        assert_eq!(blocks[0].text(), Some("a"));
        assert!(matches!(&blocks[1], ContentBlock::Image(image) if image.data == [1, 2]));
        assert!(matches!(&blocks[2], ContentBlock::ResourceLink(link) if link.uri == "a:b"));
        assert!(
            matches!(&blocks[3], ContentBlock::Resource(embedded) if embedded.resource.text.as_deref() == Some("c"))
        );
        assert_eq!(blocks[4], ContentBlock::Other);
    }
}
