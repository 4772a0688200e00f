//! What is in a directory.

use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use std::time::UNIX_EPOCH;

use crate::blocking::blocking;
use crate::folders::{Folders, Place};

/// The most entries that are listed of one directory.
const MOST: usize = 1_000;
/// What is read of a directory with millions of files.
pub const MOST_READ: usize = 100_000;
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
    /// How many more there are, of those that were looked at.
    left_out: usize,
    /// Why there may be still more.
    #[serde(skip_serializing_if = "Option::is_none")]
    ended: Option<String>,
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
        let Entries { mut named, is_cut } = entries(&folders.find(&path)?)?;
        let left_out = named.len().saturating_sub(MOST);
        named.truncate(MOST);
        let entries = named.into_iter().map(|(name, kind)| Entry { name, kind }).collect();
        let ended = is_cut.then(|| format!("only {MOST_READ} entries were looked at"));
        Ok(Listing { entries, left_out, ended })
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
    for (name, kind) in entries(place)?.named {
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

/// What is in a directory.
pub struct Entries {
    /// By name.
    pub named: Vec<(String, Kind)>,
    /// Whether there are more than [`MOST_READ`].
    pub is_cut: bool,
}

/// What is in a directory, as far as it is read.
pub fn entries(place: &Place) -> Result<Entries> {
    first_entries(place, MOST_READ)
}

fn first_entries(place: &Place, most: usize) -> Result<Entries> {
    let mut read = place.dir.read_dir(&place.path).map_err(|why| place.error(why))?;
    let mut named = Vec::new();
    for entry in read.by_ref().take(most) {
        let entry = entry.map_err(|why| place.error(why))?;
        let kind = entry.file_type().map_or(Kind::Special, kind);
        named.push((entry.file_name().to_string_lossy().into_owned(), kind));
    }
    named.sort_by(|(one, _), (other, _)| one.cmp(other));
    Ok(Entries { named, is_cut: read.next().is_some() })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folders::Allowed;

    #[test]
    fn a_long_directory_is_read_in_part() {
        let directory = tempfile::tempdir().expect("a directory");
        for name in ["c", "a", "b"] {
            std::fs::write(directory.path().join(name), "").expect("written");
        }
        let allowed = Allowed::open([directory.path().to_str().expect("text")].into_iter()).expect("opened");
        let place = allowed.known()[0].place(directory.path()).expect("inside");
        for (most, count, is_cut) in [(2, 2, true), (3, 3, false), (4, 3, false)] {
            let entries = first_entries(&place, most).expect("read");
            assert_eq!((entries.named.len(), entries.is_cut), (count, is_cut), "{most}");
            assert!(entries.named.is_sorted_by_key(|(name, _)| name.clone()));
        }
    }
}
