//! What reading a resource gives (`server/resources`, "Resource Contents").

use super::content::{write_base64, write_member};
use crate::wire::write_str;

/// One piece of a resource: text or bytes, with its MIME type.
///
/// A piece has the URI that the client has read, unless [`uri`](Self::uri) sets another.
#[derive(Clone, Debug, PartialEq)]
pub struct ResourceContents {
    uri: Option<String>,
    mime: Option<String>,
    body: Body,
}

/// What a piece of a resource holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// Text.
    Text(String),
    /// Bytes; they are sent Base64-encoded.
    Blob(Vec<u8>),
}

impl ResourceContents {
    /// Text.
    pub fn text(text: impl Into<String>) -> Self {
        Self { uri: None, mime: None, body: Body::Text(text.into()) }
    }

    /// Bytes.
    pub fn blob(data: impl Into<Vec<u8>>) -> Self {
        Self { uri: None, mime: None, body: Body::Blob(data.into()) }
    }

    /// Sets the URI of this piece, for one of several pieces.
    #[must_use]
    pub fn uri(mut self, uri: impl Into<String>) -> Self {
        self.uri = Some(uri.into());
        self
    }

    /// Sets the MIME type.
    #[must_use]
    pub fn mime(mut self, mime: impl Into<String>) -> Self {
        self.mime = Some(mime.into());
        self
    }

    /// Appends the piece. `asked` and `declared` stand in for a URI and a MIME type it does not name.
    pub fn write(&self, out: &mut Vec<u8>, asked: &str, declared: Option<&str>) {
        let mime = self.mime.as_deref().or(declared);
        out.extend_from_slice(br#"{"uri":"#);
        write_str(out, self.uri.as_deref().unwrap_or(asked));
        match &self.body {
            Body::Text(text) => {
                write_member(out, "mimeType", mime.or(Some("text/plain")));
                write_member(out, "text", Some(text));
            }
            Body::Blob(data) => {
                write_member(out, "mimeType", mime.or(Some("application/octet-stream")));
                out.extend_from_slice(br#","blob":"#);
                write_base64(out, data);
            }
        }
        out.push(b'}');
    }
}
