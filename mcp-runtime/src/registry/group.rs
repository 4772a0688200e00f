//! Groups: which items make a server.

use crate::layers::Layers;

/// A set of tools, resources and prompts that make a server of their own.
///
/// A group is a `static`: the compiler refuses a `const`, of which each use would be another group. Each item names its group,
/// and the compiler checks the name. [`Server::of`](crate::Server::of) makes the group's server.
///
/// ```
/// use mcp_runtime::prelude::*;
///
/// static ADMIN: Group = Group::new("admin").instructions("For operators only.");
///
/// /// Restarts the service.
/// #[tool(group = ADMIN, destructive)]
/// fn restart() {}
///
/// # fn main() -> Result<(), BuildError> {
/// let admin = Server::of(&ADMIN).build()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Group {
    pub(crate) name: &'static str,
    pub(crate) title: Option<&'static str>,
    pub(crate) version: Option<&'static str>,
    pub(crate) instructions: Option<&'static str>,
    pub(crate) layers: Option<fn() -> Layers>,
}

impl Group {
    /// A group with this name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, title: None, version: None, instructions: None, layers: None }
    }

    /// Sets the title: the name that people see.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// Sets the version that the group's server reports.
    #[must_use]
    pub const fn version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    /// Sets the instructions: what a model should know before it uses the group's items.
    ///
    /// They are the instructions of the group's own server ([`Server::of`](crate::Server::of)). A server that mounts the group
    /// sends them after its own [instructions](crate::ServerBuilder::instructions), as a paragraph; once, even if the group is
    /// mounted twice.
    #[must_use]
    pub const fn instructions(mut self, instructions: &'static str) -> Self {
        self.instructions = Some(instructions);
        self
    }

    /// Sets the [layers](crate::layers) around the group's items, wherever they are mounted: within those of the server.
    ///
    /// The function is called once for each server.
    #[must_use]
    pub const fn layers(mut self, layers: fn() -> Layers) -> Self {
        self.layers = Some(layers);
        self
    }

    /// Whether this is the same static, not one of the same name.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}
