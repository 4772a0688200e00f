//! Where the items of a server come from.

use std::sync::Arc;

use mcp_proto::types::uri_key;

use super::item::{Prompt, Resource, Tool};
use super::kind::ListKind;
use super::table::Named as _;

/// Where items come from. A source is changed as a whole: what the others offer is not bound again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// What the server was built from: linked functions, and those that were named by hand.
    Built,
    /// What was added while the server runs.
    Added,
}

impl Source {
    pub(crate) const ALL: [Self; 2] = [Self::Built, Self::Added];
    pub(super) const COUNT: usize = Self::ALL.len();
}

/// What one source offers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Snapshot {
    pub(super) tools: Vec<Arc<Tool>>,
    pub(super) resources: Vec<Arc<Resource>>,
    pub(super) prompts: Vec<Arc<Prompt>>,
}

impl Snapshot {
    /// Adds what another offers.
    pub(crate) fn extend(&mut self, other: Self) {
        self.tools.extend(other.tools);
        self.resources.extend(other.resources);
        self.prompts.extend(other.prompts);
    }

    /// Takes out the item of this kind and name; a resource's name is its URI. Whether there was one.
    pub(crate) fn remove(&mut self, kind: ListKind, name: &str) -> bool {
        match kind {
            ListKind::Tools => take(&mut self.tools, |tool| **tool.name() == *name),
            ListKind::Prompts => take(&mut self.prompts, |prompt| **prompt.name() == *name),
            ListKind::Resources | ListKind::Templates => {
                let key = uri_key(name);
                take(&mut self.resources, |resource| **resource.key() == *key)
            }
        }
    }
}

fn take<T>(items: &mut Vec<Arc<T>>, goes: impl Fn(&T) -> bool) -> bool {
    let before = items.len();
    items.retain(|one| !goes(one));
    items.len() < before
}
