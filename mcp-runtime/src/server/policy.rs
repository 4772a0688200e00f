//! Who may use what, as the builder says it.

use std::sync::Arc;

#[cfg(feature = "cli")]
use super::Server;
use super::builder::ServerBuilder;
use crate::call::Policy;
use crate::registry::PolicyDefault;

/// What can be called, and what it takes.
#[cfg(feature = "cli")]
pub(crate) struct Guarded {
    /// Its method and its name.
    pub(crate) name: String,
    /// What a caller needs, if anything.
    pub(crate) policy: Option<Policy>,
    /// Whether the user is asked before it runs.
    pub(crate) asks: bool,
}

#[cfg(feature = "cli")]
impl Server {
    /// Each thing that can be called, by method and name, with what its callers need; everyone may where there is nothing.
    pub(crate) fn policies(&self) -> Vec<Guarded> {
        let mut all = Vec::new();
        self.core.catalog().entries(&mut |method, name, entry| {
            let name = name.map_or_else(|| method.to_owned(), |name| format!("{method} {name}"));
            let asks = entry.asks;
            all.push(Guarded { name, policy: entry.policy.as_deref().cloned(), asks });
        });
        all
    }
}

impl ServerBuilder {
    /// Says what a caller needs for a method that was added with [`method`](Self::method). To others it is unknown, or refused, as a
    /// tool is; for all, [`Policy::public`].
    ///
    /// ```
    /// use mcp_runtime::Policy;
    /// use mcp_runtime::prelude::*;
    /// # use serde_json::Value;
    ///
    /// # fn main() -> Result<(), BuildError> {
    /// let server = Server::empty("demo")
    ///     .method("example.com/reset", async |_: Value, _: Ctx| Ok(serde_json::json!({})))
    ///     .method_policy("example.com/reset", Policy::new().roles("operator"))
    ///     .build()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn method_policy(mut self, name: &str, policy: Policy) -> Self {
        for mistake in policy.mistakes().chain(policy.variables().map(|_| "its scopes can have no variables")) {
            self.plan.problems.push(format!("method `{name}`: {mistake}"));
        }
        match self.plan.profile.methods.get_mut(name).and_then(|bound| Arc::get_mut(&mut bound.entry)) {
            Some(entry) => entry.policy = Some(Box::new(policy)),
            None => self.problem(format!("method `{name}` has a policy and is not served; call `.method(…)` before")),
        }
        self
    }

    /// Sets what holds for tools, resources, prompts and methods of which nothing is declared: neither `scopes`, `roles`, `policy`
    /// nor `public`, at themselves or at their group.
    ///
    /// Without it they are denied if anything is declared of any of the server's items, and allowed otherwise. A line in the log
    /// names those that are denied when the server is built. What is added to a running server goes by the same.
    ///
    /// ```
    /// use mcp_runtime::PolicyDefault;
    /// use mcp_runtime::prelude::*;
    ///
    /// let builder = Server::new("shop").policy_default(PolicyDefault::Allow);
    /// ```
    #[must_use]
    pub fn policy_default(mut self, default: PolicyDefault) -> Self {
        self.plan.profile.policy_default = Some(default);
        self
    }
}
