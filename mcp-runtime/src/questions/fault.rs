//! What is wrong with an answer, in words that say where.

use std::fmt::Display;

use crate::call::AskError;

/// How much of a wrong value is told: enough to know it again.
const SHOWN: usize = 60;

/// How many faults are told: more than a form has fields, fewer than a stranger can put into a list.
const MOST: usize = 32;

/// All that is wrong with one answer.
#[derive(Debug, Default)]
pub struct Faults(Vec<String>);

impl Faults {
    /// Something wrong at a place, a member's name or a path to it; the empty path is the whole answer.
    pub(super) fn add(&mut self, place: &str, what: impl Display) {
        self.0.push(if place.is_empty() { what.to_string() } else { format!("`{place}`: {what}") });
    }

    /// What was expected at a place, and what is there.
    pub(super) fn expected(&mut self, place: &str, expected: impl Display, json: &str) {
        self.add(place, format_args!("expected {expected}, got {}", got(json)));
    }

    /// All of them in one text; `None` where nothing is wrong.
    pub(super) fn told(&self) -> Option<String> {
        (!self.0.is_empty()).then(|| {
            let told = self.0.iter().take(MOST).map(String::as_str).collect::<Vec<_>>().join("; ");
            let more = self.0.len().saturating_sub(MOST);
            if more == 0 { told } else { format!("{told}; and {more} more") }
        })
    }

    /// The value, if there is one and nothing is wrong.
    pub(super) fn or<T>(self, value: Option<T>) -> Result<T, AskError> {
        match (value, self.told()) {
            (Some(value), None) => Ok(value),
            (_, told) => Err(AskError::Invalid(told.unwrap_or_default())),
        }
    }
}

/// A JSON value, as one tells of it.
fn got(json: &str) -> String {
    match json.as_bytes().first() {
        None => "nothing".to_owned(),
        Some(b'{') => "an object".to_owned(),
        Some(b'[') => "a list".to_owned(),
        Some(_) if json.chars().nth(SHOWN).is_some() => json.chars().take(SHOWN).chain(['…']).collect(),
        Some(_) => json.to_owned(),
    }
}
