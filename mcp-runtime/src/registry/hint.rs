//! Tools by what they say of themselves.

use crate::call::Hints;

/// Tools by what they say of themselves, or do not: [`Permissions::ask_for`](crate::Permissions::ask_for) and
/// [`Group::ask_for`](crate::Group::ask_for) take it. A tool that says nothing is taken for the worst, as the protocol has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hint {
    /// Tools that may destroy something: neither `read_only` nor `destructive = false`.
    Destructive,
    /// Tools that may change something: not `read_only`.
    Changing,
    /// Tools that may touch the world outside: not `open_world = false`.
    OpenWorld,
}

impl Hint {
    /// Whether it is about a tool.
    pub(super) fn is_of(self, hints: Hints) -> bool {
        let changes = hints.read_only != Some(true);
        match self {
            Self::Destructive => changes && hints.destructive != Some(false),
            Self::Changing => changes,
            Self::OpenWorld => hints.open_world != Some(false),
        }
    }
}
