//! Tools by what they say of themselves.

use crate::call::Hints;

/// Tools by what they say of themselves, or do not: [`Permissions::ask_for`](crate::Permissions::ask_for) and
/// [`Group::ask_for`](crate::Group::ask_for) take it. A tool that says nothing is taken for the worst, as the protocol has it.
///
/// ```
/// use mcp_runtime::prelude::*;
/// use mcp_runtime::Hint;
///
/// /// The user is asked before any of its tools runs that may destroy something.
/// static FILES: Group = Group::new("files").ask_for(Hint::Destructive);
///
/// /// Deletes a file.
/// #[tool(group = FILES, destructive)]
/// fn delete(name: &str) {}
/// ```
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
