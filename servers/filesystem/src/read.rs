//! Reading files: as text, or as what they are.

use std::io::{BufRead as _, BufReader, Read as _, Seek as _, SeekFrom};

use cap_std::fs::File;
use mcp_runtime::ResourceContents;
use mcp_runtime::prelude::*;

use crate::blocking::blocking;
use crate::folders::{Folders, Place};
use crate::{media, open, uri};

/// The most text that one call gives.
const TEXT_BYTES: u64 = 256 * 1024;
/// The most bytes of a picture, a sound or another file that is not text, and of a resource.
const BLOB_BYTES: u64 = 4 * 1024 * 1024;
/// What is looked at to tell text from other bytes.
const BEGINNING: usize = 8 * 1024;

/// Reads a file. Text is given by lines, at most 256 KiB at once; pictures and sounds as such, other files as bytes.
#[tool(read_only)]
async fn read(
    #[inject] folders: Folders,
    path: String,
    /// The first line of text, counted from 1.
    #[arg(default = 1, range(1..))]
    from: u64,
    /// How many lines to read; all if left out.
    #[arg(range(1..))]
    lines: Option<u64>,
    /// Reads this many lines at the end instead.
    #[arg(range(1..))]
    tail: Option<u64>,
) -> Result<ToolResult> {
    blocking(move || {
        let place = folders.find(&path)?;
        let mut file = open::open(&place)?;
        let mut beginning = Vec::new();
        (&mut file).take(BEGINNING as u64).read_to_end(&mut beginning).map_err(|why| place.error(why))?;
        if !media::is_text(&beginning) {
            return blob(&place);
        }
        let part = match tail {
            Some(lines) => last_lines(&mut file, lines),
            None => some_lines(file, from, lines),
        };
        let Part { bytes, rest } = part.map_err(|why| place.error(why))?;
        // The limit may cut a character in two, and text may turn out to be something else further on.
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(match rest {
            None => ToolResult::text(text),
            Some(rest) => ToolResult::text(text).with(Content::text(rest)),
        })
    })
    .await
}

/// Some of a text, and what to say of the rest.
struct Part {
    bytes: Vec<u8>,
    rest: Option<String>,
}

fn some_lines(mut file: File, from: u64, lines: Option<u64>) -> std::io::Result<Part> {
    file.seek(SeekFrom::Start(0))?;
    let mut reader = BufReader::new(file);
    for _ in 1..from {
        if reader.skip_until(b'\n')? == 0 {
            return Ok(Part { bytes: Vec::new(), rest: Some(format!("The file ends before line {from}.")) });
        }
    }
    let (mut bytes, mut next) = (Vec::new(), from);
    while lines.is_none_or(|lines| next < from.saturating_add(lines)) {
        let room = TEXT_BYTES - bytes.len() as u64;
        if room == 0 && reader.fill_buf()?.is_empty() {
            return Ok(Part { bytes, rest: None });
        }
        if room == 0 {
            // From the same line on there would be the same text again.
            let rest = if next == from {
                let next = from.saturating_add(1);
                format!("Line {from} is longer than 256 KiB: its rest cannot be read. Read on with from={next}.")
            } else {
                format!("Cut in line {next}; read on with from={next}.")
            };
            return Ok(Part { bytes, rest: Some(rest) });
        }
        let read = (&mut reader).take(room).read_until(b'\n', &mut bytes)?;
        if read == 0 {
            return Ok(Part { bytes, rest: None });
        }
        if bytes.ends_with(b"\n") {
            next += 1;
        }
    }
    let is_end = reader.fill_buf()?.is_empty();
    Ok(Part { bytes, rest: (!is_end).then(|| format!("The file goes on; read on with from={next}.")) })
}

fn last_lines(file: &mut File, lines: u64) -> std::io::Result<Part> {
    let size = file.metadata()?.len();
    let start = size.saturating_sub(TEXT_BYTES);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(TEXT_BYTES).read_to_end(&mut bytes)?;
    // A line break at the end ends the last line, and begins none.
    let ends = bytes.iter().enumerate().rev().skip(1).filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    let begin = usize::try_from(lines - 1).ok().and_then(|skipped| ends.into_iter().nth(skipped));
    let rest = (begin.is_none() && start > 0).then(|| format!("Cut: only the last {TEXT_BYTES} bytes were read."));
    Ok(Part { bytes: bytes.split_off(begin.unwrap_or(0)), rest })
}

/// A file that is not text.
fn blob(place: &Place) -> Result<ToolResult> {
    let bytes = open::read_all(place, BLOB_BYTES)?;
    let path = place.shown();
    let mime = media::of_name(&path).unwrap_or("application/octet-stream");
    let content = match mime.split('/').next() {
        Some("image") => Content::from(Image::new(bytes, mime)),
        Some("audio") => Content::from(Audio::new(bytes, mime)),
        _ => Content::from(Embedded::blob(uri::of_path(&path), mime, bytes)),
    };
    Ok(ToolResult::new().with(content))
}

/// A file. Subscribe to it to hear when it changes.
#[resource("file:///{path*}", name = "file")]
async fn file(#[inject] folders: Folders, path: String) -> Result<ResourceContents> {
    blocking(move || {
        let place = folders.find(&format!("/{path}"))?;
        let bytes = open::read_all(&place, BLOB_BYTES)?;
        let mime = media::of_name(&place.shown());
        Ok(match String::from_utf8(bytes) {
            Ok(text) if !text.contains('\0') => ResourceContents::text(text).mime(mime.unwrap_or("text/plain")),
            Ok(text) => ResourceContents::blob(text.into_bytes()).mime(mime.unwrap_or("application/octet-stream")),
            Err(bytes) => ResourceContents::blob(bytes.into_bytes()).mime(mime.unwrap_or("application/octet-stream")),
        })
    })
    .await
}
