//! What is in a directory.

use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use std::time::UNIX_EPOCH;

use crate::blocking::blocking;
use crate::folders::{Folders, Place};

/// The most entries that are listed of one directory.
const MOST: usize = 1_000;
/// The most lines of a tree.
const MOST_LINES: usize = 2_000;

/// What something in a directory is.
#[derive(Clone, Copy, PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Directory,
    File,
    Symlink,
    /// A pipe, a socket or a device. It is never opened.
    Special,
}

/// An entry of a directory.
#[derive(Serialize, JsonSchema)]
struct Entry {
    name: String,
    kind: Kind,
}

/// The entries of a directory, by name.
#[derive(Serialize, JsonSchema)]
struct Listing {
    entries: Vec<Entry>,
    /// How many more there are.
    left_out: usize,
}

/// What is known of a file or a directory.
#[derive(Serialize, JsonSchema)]
struct Facts {
    kind: Kind,
    /// In bytes.
    size: u64,
    /// Seconds since 1970.
    modified: Option<u64>,
    read_only: bool,
}

/// Lists a directory.
#[tool(read_only)]
async fn list(#[inject] folders: Folders, path: String) -> Result<Listing> {
    blocking(move || {
        let mut entries = entries(&folders.find(&path)?)?;
        let left_out = entries.len().saturating_sub(MOST);
        entries.truncate(MOST);
        Ok(Listing { entries: entries.into_iter().map(|(name, kind)| Entry { name, kind }).collect(), left_out })
    })
    .await
}

/// Tells what something is, how long it is, and when it was changed. A symlink is not followed.
#[tool(read_only)]
async fn info(#[inject] folders: Folders, path: String) -> Result<Facts> {
    blocking(move || {
        let place = folders.find(&path)?;
        let metadata = place.dir.symlink_metadata(&place.path).map_err(|why| place.error(why))?;
        let modified = metadata.modified().ok().and_then(|time| time.into_std().duration_since(UNIX_EPOCH).ok());
        Ok(Facts {
            kind: kind(metadata.file_type()),
            size: metadata.len(),
            modified: modified.map(|time| time.as_secs()),
            read_only: metadata.permissions().readonly(),
        })
    })
    .await
}

/// Shows a directory and those in it. Symlinks are not followed.
#[tool(read_only)]
async fn tree(
    #[inject] folders: Folders,
    ctx: Ctx,
    path: String,
    /// How many levels to show.
    #[arg(default = 3, range(1..=20))]
    depth: usize,
) -> Result<String> {
    blocking(move || {
        let place = folders.find(&path)?;
        let mut text = format!("{}\n", place.shown().display());
        let mut lines = 0;
        branch(&ctx, &place, depth, 1, &mut text, &mut lines)?;
        if lines >= MOST_LINES {
            text += "…\n";
        }
        Ok(text)
    })
    .await
}

fn branch(ctx: &Ctx, place: &Place, depth: usize, level: usize, text: &mut String, lines: &mut usize) -> Result<()> {
    for (name, kind) in entries(place)? {
        if *lines >= MOST_LINES || ctx.is_cancelled() {
            return Ok(());
        }
        *lines += 1;
        let mark = match kind {
            Kind::Directory => "/",
            Kind::Symlink => "@",
            Kind::File | Kind::Special => "",
        };
        *text += &format!("{}{name}{mark}\n", "  ".repeat(level));
        if kind == Kind::Directory && level < depth {
            // One that cannot be read is shown, and so are the others.
            let _ = branch(ctx, &place.child(name.as_ref()), depth, level + 1, text, lines);
        }
    }
    Ok(())
}

/// What is in a directory, by name.
pub fn entries(place: &Place) -> Result<Vec<(String, Kind)>> {
    /// What is read of a directory with millions of files.
    const MOST_READ: usize = 100_000;

    let read = place.dir.read_dir(&place.path).map_err(|why| place.error(why))?;
    let mut entries = Vec::new();
    for entry in read.take(MOST_READ) {
        let entry = entry.map_err(|why| place.error(why))?;
        let kind = entry.file_type().map_or(Kind::Special, kind);
        entries.push((entry.file_name().to_string_lossy().into_owned(), kind));
    }
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(entries)
}

fn kind(file_type: cap_std::fs::FileType) -> Kind {
    if file_type.is_dir() {
        Kind::Directory
    } else if file_type.is_file() {
        Kind::File
    } else if file_type.is_symlink() {
        Kind::Symlink
    } else {
        Kind::Special
    }
}
