//! Making leniencies good in the text that `serde` reads.

use crate::order::sorted;

/// One change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stands there instead. Nothing for a member that is taken for missing.
    pub(super) with: String,
}

impl Edit {
    /// Whether a member is taken out.
    pub(super) fn removes(&self) -> bool {
        self.with.is_empty()
    }
}

/// The text with all changes made; `None` where there are none.
pub(super) fn apply(json: &str, edits: Vec<Edit>) -> Option<String> {
    if edits.is_empty() {
        return None;
    }
    // Rules that look at the same value twice find the same changes.
    let mut edits = sorted(edits, &|a, b| (a.start, a.end).cmp(&(b.start, b.end)));
    edits.dedup();
    let mut text = String::with_capacity(json.len());
    let mut at = 0;
    for edit in edits.iter().filter(|edit| edit.end <= json.len()) {
        if edit.start < at {
            continue;
        }
        text.push_str(&json[at..edit.start]);
        text.push_str(&edit.with);
        at = edit.end;
    }
    text.push_str(&json[at..]);
    Some(text)
}
