//! Why a server has no figure.

use std::error::Error;
use std::fmt;

use serde::Serialize;

/// As much as is told of what a server said.
const MOST_TOLD: usize = 160;

/// Why a server has no figure in a case.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "why", rename_all = "lowercase")]
pub enum Trouble {
    /// It does not serve this, and says so.
    Unserved(String),
    /// It answers, and the answer is not right.
    Wrong(String),
    /// It does not answer, or has ended.
    Failed(String),
}

/// A result, or why there is none.
pub type Outcome<T> = Result<T, Trouble>;

impl Trouble {
    /// It says that it does not serve this.
    pub fn unserved(why: impl fmt::Display) -> Self {
        Self::Unserved(short(&why.to_string()))
    }

    /// It says what is not right.
    pub fn wrong(why: impl fmt::Display) -> Self {
        Self::Wrong(short(&why.to_string()))
    }

    /// It says nothing.
    pub fn failed(why: impl fmt::Display) -> Self {
        Self::Failed(short(&why.to_string()))
    }

    /// What this is for a server that has served the same before: a fault.
    #[must_use]
    pub fn of_one_that_served(self) -> Self {
        if let Self::Unserved(why) = self { Self::Wrong(why) } else { self }
    }

    /// For a cell of a table.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Unserved(_) => "–",
            Self::Wrong(_) => "wrong",
            Self::Failed(_) => "failed",
        }
    }

    /// The reason.
    pub fn why(&self) -> &str {
        let (Self::Unserved(why) | Self::Wrong(why) | Self::Failed(why)) = self;
        why
    }
}

/// What the system or a library says: nothing came of it.
impl<E: Error> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self::failed(error)
    }
}

/// The beginning of a text, on one line.
fn short(text: &str) -> String {
    let mut line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some((end, _)) = line.char_indices().nth(MOST_TOLD) {
        line.truncate(end);
        line.push('…');
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_one_short_line() {
        let Trouble::Wrong(why) = Trouble::wrong(format!("a\nb {}", "é".repeat(2 * MOST_TOLD))) else {
            panic!("it was made as wrong")
        };
        assert!(why.starts_with("a b é") && why.ends_with('…'));
        assert_eq!(why.chars().count(), MOST_TOLD + 1);
    }

    #[test]
    fn what_was_served_before_is_no_longer_unserved() {
        assert_eq!(Trouble::unserved("x").of_one_that_served(), Trouble::wrong("x"));
        assert_eq!(Trouble::failed("x").of_one_that_served(), Trouble::failed("x"));
    }
}
