//! Groups: which items make a server.

use super::hint::Hint;
use crate::call::{Asking, Policy};
use crate::consent::ASKING;
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
    scopes: &'static str,
    roles: &'static str,
    /// Whether everyone may use those of its items that say nothing themselves.
    pub(super) is_public: bool,
    /// Of which of its items a person is asked, beside those that say so; of all where there is no hint.
    pub(super) consent: Option<(Asking, Option<Hint>)>,
}

impl Group {
    /// A group with this name.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            title: None,
            version: None,
            instructions: None,
            layers: None,
            scopes: "",
            roles: "",
            is_public: false,
            consent: None,
        }
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

    /// Sets the scopes that each of the group's items needs, beside its own: `"orders:read orders:write"` are both needed, and of
    /// `"orders:write|admin"` one is enough. An item that is marked `public` needs none of them.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// static ADMIN: Group = Group::new("admin").scopes("admin").roles("operator|owner");
    ///
    /// /// Restarts the service.
    /// #[tool(group = ADMIN, destructive)]
    /// fn restart() {}
    ///
    /// /// Says whether all is well.
    /// #[tool(group = ADMIN, public)]
    /// fn health() -> bool {
    ///     true
    /// }
    /// ```
    #[must_use]
    pub const fn scopes(mut self, scopes: &'static str) -> Self {
        self.scopes = scopes;
        self
    }

    /// Sets the roles that each of the group's items needs, beside its own, written like [`scopes`](Self::scopes). To others the
    /// items do not exist.
    #[must_use]
    pub const fn roles(mut self, roles: &'static str) -> Self {
        self.roles = roles;
        self
    }

    /// Lets everyone use those of the group's items that say nothing themselves.
    #[must_use]
    pub const fn public(mut self) -> Self {
        self.is_public = true;
        self
    }

    /// Asks the user before any of the group's items is used that does not say `consent = false`.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// static ADMIN: Group = Group::new("admin").consent();
    ///
    /// /// Restarts the service.
    /// #[tool(group = ADMIN)]
    /// fn restart() {}
    ///
    /// /// Says whether all is well.
    /// #[tool(group = ADMIN, consent = false)]
    /// fn health() -> bool {
    ///     true
    /// }
    /// ```
    #[must_use]
    pub const fn consent(mut self) -> Self {
        self.consent = Some((ASKING, None));
        self
    }

    /// Asks the user before those of the group's tools run that are so, such as those that may destroy something. The last one of
    /// this and [`consent`](Self::consent) counts.
    #[must_use]
    pub const fn ask_for(mut self, tools: Hint) -> Self {
        self.consent = Some((ASKING, Some(tools)));
        self
    }

    /// Whether anything is said of who may use its items.
    pub(super) fn has_policy(&self) -> bool {
        self.is_public || !self.scopes.is_empty() || !self.roles.is_empty()
    }

    /// What its items ask for.
    pub(super) fn policy(&self) -> Policy {
        Policy::new().scopes(self.scopes).roles(self.roles)
    }

    /// Whether this is the same static, not one of the same name.
    pub(crate) fn is(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}
