//! The four lists.

use std::fmt;

use super::def::Item;
use super::dynamic;

/// The four lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ListKind {
    Tools,
    Prompts,
    Resources,
    Templates,
}

impl From<Item> for ListKind {
    fn from(item: Item) -> Self {
        match item {
            Item::Tool(_) => Self::Tools,
            Item::Resource(_) => Self::Resources,
            Item::Prompt(_) => Self::Prompts,
        }
    }
}

impl From<&dynamic::Item> for ListKind {
    fn from(item: &dynamic::Item) -> Self {
        match item {
            dynamic::Item::Tool(_) => Self::Tools,
            dynamic::Item::Resource(_) => Self::Resources,
            dynamic::Item::Prompt(_) => Self::Prompts,
        }
    }
}

impl ListKind {
    /// The member of the result that holds the list.
    pub(crate) fn member(self) -> &'static str {
        match self {
            Self::Tools => "tools",
            Self::Prompts => "prompts",
            Self::Resources => "resources",
            Self::Templates => "resourceTemplates",
        }
    }
}

impl fmt::Display for ListKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.member())
    }
}
