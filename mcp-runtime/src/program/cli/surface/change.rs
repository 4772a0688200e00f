//! What has changed of a surface, and what it means to those who use it.

use std::fmt::Write as _;

use crate::program::cli::json::Json;

/// What a change means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Verdict {
    /// Only what models and people read.
    Wording,
    /// What worked goes on to work.
    Compatible,
    /// What worked may not work any more.
    Breaking,
}

impl Verdict {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Wording => "wording",
            Self::Compatible => "compatible",
            Self::Breaking => "breaking",
        }
    }
}

/// Changes, one after the other, and where they are.
#[derive(Default)]
pub(super) struct Changes {
    /// Where we are: the item, and the way into it.
    pub(super) path: String,
    all: Vec<Change>,
}

/// A change.
pub(super) struct Change {
    pub(super) verdict: Verdict,
    pub(super) path: String,
    pub(super) what: String,
    /// As it was, and as it is; `null` where it was not or is not.
    pub(super) old: Json,
    pub(super) new: Json,
}

impl Changes {
    #[inline(never)]
    pub(super) fn add(&mut self, verdict: Verdict, what: &str, old: &Json, new: &Json) {
        let path = self.path.clone();
        self.all.push(Change { verdict, path, what: what.to_owned(), old: old.clone(), new: new.clone() });
    }

    /// Looks at what is within a member.
    pub(super) fn within<T>(&mut self, name: &str, look: impl FnOnce(&mut Self) -> T) -> T {
        let outer = self.path.len();
        self.path.push('/');
        self.path += name;
        let done = look(self);
        self.path.truncate(outer);
        done
    }

    /// What all of them mean; none where nothing has changed.
    pub(super) fn verdict(&self) -> Option<Verdict> {
        self.all.iter().map(|change| change.verdict).max()
    }

    /// All of them, those that break first.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Change> {
        [Verdict::Breaking, Verdict::Compatible, Verdict::Wording]
            .into_iter()
            .flat_map(|verdict| self.all.iter().filter(move |change| change.verdict == verdict))
    }
}

impl Change {
    /// A line, and below it what was and what is.
    pub(super) fn shown(&self) -> String {
        let mut out = format!("{:10}  {}: {}", self.verdict.name(), self.path, self.what);
        for (sign, value) in [('-', &self.old), ('+', &self.new)] {
            if !value.is_null() {
                // A `String` takes all that is written.
                let _ = write!(out, "\n  {sign} {value}");
            }
        }
        out
    }
}
