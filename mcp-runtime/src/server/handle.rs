//! Changing a server while it runs.

use std::sync::Arc;

use crate::bus::Notice;
use crate::registry::{BuildError, Item, PromptDef, ResourceDef, Selected, ToolDef, rebind};
use crate::service::Core;

/// Changes what a running server offers, and tells clients of changes. Cheap to clone.
///
/// ```standalone_crate
/// use mcp_runtime::prelude::*;
///
/// static LATER: Group = Group::new("later");
///
/// /// Is not there from the start.
/// #[tool(group = LATER)]
/// fn shout(text: &str) -> String {
///     text.to_uppercase()
/// }
///
/// # fn main() -> Result<(), BuildError> {
/// let server = Server::new("demo").dynamic().build()?;
/// let handle = server.handle();
/// handle.add_tools(tools![shout])?;      // clients that listen are told
/// assert!(handle.remove_tool("shout"));  // and told again
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct ServerHandle {
    core: Arc<Core>,
}

impl ServerHandle {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Adds tools.
    ///
    /// # Errors
    /// All that is wrong with them; nothing is added then.
    pub fn add_tools(&self, tools: &[&'static ToolDef]) -> Result<(), BuildError> {
        self.add(tools.iter().copied().map(Item::Tool))
    }

    /// Adds resources.
    ///
    /// # Errors
    /// All that is wrong with them; nothing is added then.
    pub fn add_resources(&self, resources: &[&'static ResourceDef]) -> Result<(), BuildError> {
        self.add(resources.iter().copied().map(Item::Resource))
    }

    /// Adds prompts.
    ///
    /// # Errors
    /// All that is wrong with them; nothing is added then.
    pub fn add_prompts(&self, prompts: &[&'static PromptDef]) -> Result<(), BuildError> {
        self.add(prompts.iter().copied().map(Item::Prompt))
    }

    /// Removes a tool. Calls of it that are running go on. Whether there was one.
    pub fn remove_tool(&self, name: &str) -> bool {
        self.remove(name, |item| matches!(item, Item::Tool(_)))
    }

    /// Removes the resource or template that was declared with this URI. Whether there was one.
    pub fn remove_resource(&self, uri: &str) -> bool {
        self.remove(uri, |item| matches!(item, Item::Resource(_)))
    }

    /// Removes a prompt. Whether there was one.
    pub fn remove_prompt(&self, name: &str) -> bool {
        self.remove(name, |item| matches!(item, Item::Prompt(_)))
    }

    /// Tells clients that the list of tools has changed.
    pub fn tools_changed(&self) {
        self.publish(&Notice::ToolsChanged);
    }

    /// Tells clients that the list of prompts has changed.
    pub fn prompts_changed(&self) {
        self.publish(&Notice::PromptsChanged);
    }

    /// Tells clients that the list of resources has changed.
    pub fn resources_changed(&self) {
        self.publish(&Notice::ResourcesChanged);
    }

    /// Tells clients that subscribed to it that a resource has changed.
    pub fn resource_updated(&self, uri: &str) {
        self.publish(&Notice::ResourceUpdated(uri.into()));
    }

    fn publish(&self, notice: &Notice) {
        self.core.catalog().bus().publish(notice);
    }

    fn add(&self, items: impl Iterator<Item = Item>) -> Result<(), BuildError> {
        let items: Vec<Item> = items.collect();
        self.core.change(|now| {
            let mut selected = now.selected().to_vec();
            selected.extend(items.iter().copied().map(Selected::new));
            rebind(now, selected)
        })?;
        self.announce(&items);
        Ok(())
    }

    fn remove(&self, name: &str, of_kind: impl Fn(Item) -> bool) -> bool {
        let goes = |one: &Selected| of_kind(one.item()) && one.name() == name;
        let mut gone = Vec::new();
        // What was bound before binds again: nothing is there that was not there then.
        let changed = self.core.change(|now| {
            let stays;
            (gone, stays) = now.selected().iter().cloned().partition(goes);
            if gone.is_empty() { Err(None) } else { rebind(now, stays).map_err(Some) }
        });
        if changed.is_err() {
            return false;
        }
        self.announce(&gone.iter().map(Selected::item).collect::<Vec<_>>());
        true
    }

    fn announce(&self, items: &[Item]) {
        if items.iter().any(|item| matches!(item, Item::Tool(_))) {
            self.tools_changed();
        }
        if items.iter().any(|item| matches!(item, Item::Resource(_))) {
            self.resources_changed();
        }
        if items.iter().any(|item| matches!(item, Item::Prompt(_))) {
            self.prompts_changed();
        }
    }
}
