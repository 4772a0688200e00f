//! Content blocks and resources: text, JSON, bytes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::json::{Json, pretty};
use super::output::{Output, plain};
use super::remote::Failure;

/// A piece of content.
pub(super) enum Piece<'a> {
    Text(&'a str),
    /// Bytes in Base64.
    Bytes {
        mime: &'a str,
        base64: &'a str,
    },
    Link(&'a Json),
}

impl<'a> Piece<'a> {
    /// A content block of a tool's result or a prompt's message.
    pub(super) fn of_block(block: &'a Json) -> Self {
        match block["type"].text() {
            "text" => Self::Text(block["text"].text()),
            "resource" => Self::of_resource(&block["resource"]),
            "resource_link" => Self::Link(block),
            _ => Self::Bytes { mime: block["mimeType"].text(), base64: block["data"].text() },
        }
    }

    /// The contents of a resource.
    pub(super) fn of_resource(resource: &'a Json) -> Self {
        match resource.get("text") {
            Some(text) => Self::Text(text.text()),
            None => Self::Bytes { mime: resource["mimeType"].text(), base64: resource["blob"].text() },
        }
    }

    /// As people read it.
    pub(super) fn line(&self) -> String {
        match self {
            Self::Text(text) => (*text).to_owned(),
            Self::Bytes { mime, base64 } => format!("[{}, {}]", mime_or_bytes(mime), count(base64)),
            Self::Link(link) => format!("{} ({})", link["uri"].text(), link["name"].text()),
        }
    }
}

/// Shows all pieces of a result. Bytes that are all of it go to a file or a pipe as they are.
///
/// # Errors
/// Where bytes are not in Base64.
pub(super) fn show(pieces: &[Piece<'_>], out: &mut Output) -> Result<(), Failure> {
    if let ([Piece::Bytes { base64, .. }], false) = (pieces, out.style().is_terminal()) {
        let bytes = STANDARD.decode(base64);
        let bytes = bytes.map_err(|error| Failure::new(format!("the server's bytes are not in Base64: {error}")))?;
        out.bytes(&bytes);
        return Ok(());
    }
    for piece in pieces {
        match piece {
            Piece::Text(text) => show_text(text, out),
            Piece::Bytes { mime, base64 } if out.style().is_terminal() => {
                let tip = if pieces.len() == 1 { "redirect to a file to save it" } else { "--json shows it in Base64" };
                out.text(&format!("[{}, {}; {tip}]", mime_or_bytes(mime), count(base64)));
            }
            other => out.text(&other.line()),
        }
    }
    Ok(())
}

/// Text, on a terminal over several lines if it is an object or a list in JSON.
fn show_text(text: &str, out: &mut Output) {
    let is_tree = text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<&RawValue>(text).is_ok();
    if out.style().is_terminal() && is_tree {
        out.line(plain(&pretty(text)));
    } else {
        out.text(text);
    }
}

fn mime_or_bytes(mime: &str) -> &str {
    if mime.is_empty() { "application/octet-stream" } else { mime }
}

/// How many bytes a Base64 text stands for.
fn count(base64: &str) -> String {
    let bytes = base64.trim_end_matches('=').len() * 3 / 4;
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}
