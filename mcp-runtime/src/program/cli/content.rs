//! Content blocks and resources: text, JSON, bytes.

use std::io::{self, IsTerminal as _};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::value::RawValue;

use super::json::{Json, pretty};
use super::output::{Output, plain, say};
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
            Self::Bytes { mime, base64 } => format!("[{}, {}]", mime_or_bytes(mime), size(base64)),
            Self::Link(link) => format!("{} ({})", link["uri"].text(), link["name"].text()),
        }
    }
}

/// Shows all pieces of a result, in a file if one is named. Bytes that are all of it go to a file or a pipe as they are. Beside other
/// pieces they have the file for themselves, or a numbered one each, and the others go to standard output.
///
/// # Errors
/// Where bytes are not in Base64, or a file cannot be written.
pub(super) fn show(pieces: &[Piece<'_>], file: Option<&str>) -> Result<Output, Failure> {
    let count = pieces.iter().filter(|piece| matches!(piece, Piece::Bytes { .. })).count();
    let saved = file.filter(|_| count > 0 && pieces.len() > 1);
    // Decoded before a file is opened, which is empty from then on.
    let only = match pieces {
        [Piece::Bytes { base64, .. }] if file.is_some() || !io::stdout().is_terminal() => Some(decoded(base64)?),
        _ => None,
    };
    let mut out = Output::open(file.filter(|_| saved.is_none()))?;
    if let Some(bytes) = only {
        out.bytes(&bytes);
        return Ok(out);
    }
    let mut number = 0;
    for piece in pieces {
        if let (Piece::Bytes { mime, base64 }, Some(file)) = (piece, saved) {
            number += 1;
            let name = if count == 1 { file.to_owned() } else { numbered(file, number) };
            let bytes = decoded(base64)?;
            let mut saved = Output::open(Some(&name))?;
            saved.bytes(&bytes);
            saved.finish()?;
            if count > 1 {
                say(&format!("{name}: {}, {}", mime_or_bytes(mime), size(base64)));
            }
            continue;
        }
        match piece {
            Piece::Text(text) => show_text(text, &mut out),
            Piece::Bytes { mime, base64 } if out.style().is_terminal() => {
                out.text(&format!("[{}, {}; --out FILE saves it]", mime_or_bytes(mime), size(base64)));
            }
            other => out.text(&other.line()),
        }
    }
    Ok(out)
}

fn decoded(base64: &str) -> Result<Vec<u8>, Failure> {
    STANDARD.decode(base64).map_err(|error| Failure::new(format!("the server's bytes are not in Base64: {error}")))
}

/// The name of one of several files: `chart-2.png` of `chart.png`.
fn numbered(file: &str, number: usize) -> String {
    let dot = file.rfind('.').filter(|dot| !file[*dot..].contains(['/', '\\']));
    let (begin, end) = file.split_at(dot.unwrap_or(file.len()));
    format!("{begin}-{number}{end}")
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
fn size(base64: &str) -> String {
    let bytes = base64.trim_end_matches('=').len() * 3 / 4;
    if bytes == 1 { "1 byte".to_owned() } else { format!("{bytes} bytes") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_not_emptied_for_what_cannot_be_written() {
        let file = std::env::temp_dir().join(format!("mcp-content-{}", std::process::id()));
        std::fs::write(&file, "before").expect("it can be written");
        let bytes = || Piece::Bytes { mime: "", base64: "!" };
        for pieces in [&[bytes()][..], &[Piece::Text("text"), bytes()]] {
            assert!(show(pieces, file.to_str()).is_err());
            assert_eq!(std::fs::read_to_string(&file).expect("text"), "before");
        }
        let _ = std::fs::remove_file(&file);
    }
}
