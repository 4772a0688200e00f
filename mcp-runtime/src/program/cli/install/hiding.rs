//! What of a file is not for the screen: the values of variables and headers, which may be secrets.

use std::ops::Range;

use crate::program::cli::json::Json;

/// A place of a text, and what is shown instead.
pub(super) type Hidden = (Range<usize>, String);

/// What references to variables begin and end with, where the host has any: these are shown.
#[derive(Clone, Copy)]
pub(super) struct Hiding(pub(super) Option<(&'static str, &'static str)>);

impl Hiding {
    /// Whether a member of an entry has such values.
    pub(super) fn is_for(member: &str) -> bool {
        matches!(member, "env" | "envs" | "environment" | "headers" | "http_headers")
    }

    /// A value as it may be shown; of an object, each of its values.
    pub(super) fn shown(self, value: &Json) -> Json {
        match value {
            Json::Object(members) => {
                Json::Object(members.iter().map(|(name, value)| (name.clone(), self.shown(value))).collect())
            }
            Json::Text(text) if self.is_reference(text) => value.clone(),
            _ => Json::Text("***".to_owned()),
        }
    }

    /// An entry as it may be shown.
    pub(super) fn shown_entry(self, entry: &Json) -> Json {
        let Json::Object(members) = entry else { return entry.clone() };
        let shown = |(name, value): &(String, Json)| {
            (name.clone(), if Self::is_for(name) { self.shown(value) } else { value.clone() })
        };
        Json::Object(members.iter().map(shown).collect())
    }

    /// Whether a text is a reference and nothing else. A default, which it may have, is a value.
    fn is_reference(self, text: &str) -> bool {
        let Some((begin, end)) = self.0.filter(|(begin, _)| !begin.is_empty()) else { return false };
        let name = text.strip_prefix(begin).and_then(|text| text.strip_suffix(end));
        name.is_some_and(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
    }
}
