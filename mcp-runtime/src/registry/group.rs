//! Groups: which items make a server.

/// A set of tools, resources and prompts that make a server of their own.
///
/// A group is a `static`. Items name their group; nobody lists them. The compiler checks the name, and the group's server is
/// made with [`Server::of`](crate::Server::of). The compiler refuses items of a `const` group, of which each use is another.
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
}

impl Group {
    /// A group of this name.
    pub const fn new(name: &'static str) -> Self {
        Self { name, title: None, version: None, instructions: None }
    }

    /// Its name for people.
    #[must_use]
    pub const fn title(mut self, title: &'static str) -> Self {
        self.title = Some(title);
        self
    }

    /// The version its server says it has.
    #[must_use]
    pub const fn version(mut self, version: &'static str) -> Self {
        self.version = Some(version);
        self
    }

    /// What a model should know before using it.
    #[must_use]
    pub const fn instructions(mut self, instructions: &'static str) -> Self {
        self.instructions = Some(instructions);
        self
    }

    /// Whether this is the same static, not one of the same name.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}
