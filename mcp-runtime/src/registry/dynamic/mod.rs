//! Tools, resources and prompts that are known at run time only.

mod details;
mod prompt;
mod resource;
mod tool;

pub use prompt::{Prompt, PromptAnswer};
pub use resource::{Read, Resource, ResourceAnswer};
pub use tool::{Tool, ToolAnswer};

pub(super) use details::Details;

/// A tool, a resource or a prompt that was made at run time: what [`ServerBuilder::add`](crate::ServerBuilder::add) and
/// [`ServerHandle::add`](crate::ServerHandle::add) take.
///
/// ```
/// use mcp_runtime::dynamic::{Item, Read, Resource, Tool};
/// use mcp_runtime::prelude::*;
/// use serde_json::{Value, json};
///
/// let items: [Item; 2] = [
///     Tool::new("ping", json!({ "type": "object" })).handler(async |_: Value, _ctx| "pong").into(),
///     Resource::new("app://state").handler(async |_: Read, _ctx| "all is well").into(),
/// ];
/// let server = items.into_iter().fold(Server::new("demo"), |server, item| server.add(item));
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Item {
    /// A tool.
    Tool(Tool),
    /// A resource, or a template of resources.
    Resource(Resource),
    /// A prompt.
    Prompt(Prompt),
}

impl Item {
    /// The name; of a resource the URI.
    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Tool(tool) => &tool.details.name,
            Self::Resource(resource) => &resource.details.name,
            Self::Prompt(prompt) => &prompt.details.name,
        }
    }
}

impl From<Tool> for Item {
    fn from(tool: Tool) -> Self {
        Self::Tool(tool)
    }
}

impl From<Resource> for Item {
    fn from(resource: Resource) -> Self {
        Self::Resource(resource)
    }
}

impl From<Prompt> for Item {
    fn from(prompt: Prompt) -> Self {
        Self::Prompt(prompt)
    }
}
