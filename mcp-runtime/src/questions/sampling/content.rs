//! What a message to the model can hold.

use mcp_proto::Version;
use mcp_proto::types::{Audio, Content, Image, Text};

/// What one message says: text, a picture, sound, or (from 2025-11-25) several of them.
///
/// ```
/// use mcp_runtime::{Image, SamplingContent};
///
/// let text: SamplingContent = "Who is this?".into();
/// let both: SamplingContent = [text, Image::png(vec![0x89, b'P']).into()].into();
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SamplingContent(Vec<Content>);

impl SamplingContent {
    /// The JSON: an object, or a list of several.
    ///
    /// # Errors
    /// What the revision lacks.
    pub(super) fn json(&self, version: Version) -> Result<String, String> {
        for block in &self.0 {
            if matches!(block, Content::Audio(_)) && !version.has_audio() {
                return Err("audio, which came with 2025-03-26".to_owned());
            }
        }
        match &self.0[..] {
            [one] => Ok(json(one, version)),
            _ if !version.has_sampling_tools() => Err(SEVERAL.to_owned()),
            blocks => Ok(list(blocks, version)),
        }
    }
}

/// What revisions lack that have one block in a message.
pub(super) const SEVERAL: &str = "several blocks in one message, which came with 2025-11-25";

/// Blocks as a JSON array.
pub(super) fn list(blocks: &[Content], version: Version) -> String {
    let blocks: Vec<_> = blocks.iter().map(|block| json(block, version)).collect();
    format!("[{}]", blocks.join(","))
}

fn json(block: &Content, version: Version) -> String {
    let mut out = Vec::new();
    block.write(&mut out, version);
    String::from_utf8(out).unwrap_or_default()
}

macro_rules! from_blocks {
    ($($block:ty),*) => {$(
        impl From<$block> for SamplingContent {
            fn from(block: $block) -> Self {
                Self(vec![block.into()])
            }
        }
    )*};
}

from_blocks!(&str, String, Text, Image, Audio);

impl<T: Into<Self>> From<Vec<T>> for SamplingContent {
    fn from(blocks: Vec<T>) -> Self {
        Self(blocks.into_iter().flat_map(|block| block.into().0).collect())
    }
}

impl<T: Into<Self>, const N: usize> From<[T; N]> for SamplingContent {
    fn from(blocks: [T; N]) -> Self {
        Vec::from(blocks).into()
    }
}
