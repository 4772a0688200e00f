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
        if edit.removes() {
            at += take_comma(&mut text, &json[at..]);
        }
    }
    text.push_str(&json[at..]);
    Some(text)
}

/// A member was taken out: the comma behind it goes as well, or the one before it where it was the last. How much of `rest`
/// has gone.
fn take_comma(text: &mut String, rest: &str) -> usize {
    let behind = rest.trim_start();
    if behind.starts_with(',') {
        return rest.len() - behind.len() + 1;
    }
    let before = text.trim_end().len();
    if text[..before].ends_with(',') {
        text.truncate(before - 1);
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_taken_out_with_one_comma_each_in_whatever_order_they_were_found() {
        let json = r#"{ "a":null , "b":null,"c":1,"d":null }"#;
        let removal = |name: &str| {
            let start = json.find(name).expect("it is there") - 1;
            Edit { start, end: start + name.len() + 2 + ":null".len(), with: String::new() }
        };
        for (names, left) in [
            (&["a"][..], vec!["b", "c", "d"]),
            (&["a", "b"], vec!["c", "d"]),
            (&["b", "a", "a"], vec!["c", "d"]),
            (&["d", "b"], vec!["a", "c"]),
            (&["d", "b", "a"], vec!["c"]),
        ] {
            let edited = apply(json, names.iter().map(|name| removal(name)).collect()).expect("it is edited");
            let value: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&edited).expect(&edited);
            assert_eq!(value.keys().collect::<Vec<_>>(), left, "{edited}");
        }
        let all = r#"{"a":null,"b":null}"#;
        let each = [Edit { start: 1, end: 9, with: String::new() }, Edit { start: 10, end: 18, with: String::new() }];
        assert_eq!(apply(all, each.to_vec()).as_deref(), Some("{}"));
    }
}
