//! Changing parts of a text.

use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use similar::TextDiff;

use crate::blocking::blocking;
use crate::folders::Folders;
use crate::write::replace_with;
use crate::{CHANGES, media, open};

/// The longest file that is edited.
const BYTES: u64 = 4 * 1024 * 1024;

/// A text to replace.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Edit {
    /// A text of the file, exactly as it is there.
    #[schemars(length(min = 1))]
    old: String,
    /// The text that takes its place.
    new: String,
    /// Whether it is replaced wherever it is. Without it the text must be there once.
    #[serde(default)]
    all: bool,
}

/// Replaces texts in a file, one edit after the other, and shows what that changes. If an edit does not fit, nothing is changed.
#[tool(destructive, group = CHANGES)]
async fn edit(
    #[inject] folders: Folders,
    path: String,
    #[arg(length(1..=100))] edits: Vec<Edit>,
    /// Whether the changes are only shown.
    #[arg(default = false)]
    dry_run: bool,
) -> Result<String> {
    blocking(move || {
        let place = folders.find(&path)?;
        let place = place.resolved().map_err(|why| place.error(why))?;
        let bytes = open::read_all(&place, BYTES)?;
        let before = String::from_utf8(bytes).ok().filter(|text| media::is_text(text.as_bytes()));
        let before = before.ok_or_else(|| place.error("is not text"))?;
        let after = edits.iter().try_fold(before.clone(), apply).map_err(|why| place.error(why))?;
        let name = place.shown().display().to_string();
        let diff = TextDiff::from_lines(&before, &after).unified_diff().header(&name, &name).to_string();
        if dry_run {
            return Ok(format!("{diff}\nNothing was written: it is a dry run."));
        }
        if open::read_all(&place, BYTES)? != before.as_bytes() {
            return Err(place.error("was changed by another program meanwhile; read it again"));
        }
        replace_with(&place, after.as_bytes(), true)?;
        Ok(diff)
    })
    .await
}

fn apply(text: String, edit: &Edit) -> std::result::Result<String, String> {
    // Models write `\n`, whatever the file has.
    let is_crlf = text.contains("\r\n") && !edit.old.contains('\r');
    let ended = |lines: &str| if is_crlf { lines.replace('\n', "\r\n") } else { lines.to_owned() };
    let (old, new) = (ended(&edit.old), ended(&edit.new));
    match text.matches(&old).count() {
        0 => Err(format!("does not have the text {:?}", edit.old)),
        1 => Ok(text.replacen(&old, &new, 1)),
        _ if edit.all => Ok(bounded(&text, &old, &new)?),
        count => Err(format!("has the text {:?} {count} times: add lines around it, or set all=true", edit.old)),
    }
}

/// Replaces a text wherever it is, unless the result would be far longer than any file that is edited.
fn bounded(text: &str, old: &str, new: &str) -> std::result::Result<String, String> {
    let added = text.matches(old).count().saturating_mul(new.len());
    if added as u64 > 4 * BYTES {
        return Err(format!("would grow by {added} bytes"));
    }
    Ok(text.replace(old, new))
}
