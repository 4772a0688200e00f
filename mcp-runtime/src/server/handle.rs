//! Changing a server while it runs.

use std::any::Any;
use std::sync::Arc;

use crate::bus::{Audience, Notice};
use crate::call::{Ctx, Principal};
use crate::metrics::Metrics;
use crate::registry::{self, BuildError, Catalog, Item, ListKind, Make, PromptDef, ResourceDef, ToolDef, dynamic};
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

impl Ctx {
    /// The handle of the server that serves the call, with which a tool adds or removes others. In a unit test it is that of
    /// an empty server.
    ///
    /// ```
    /// use mcp_runtime::dynamic::Tool;
    /// use mcp_runtime::prelude::*;
    /// use serde_json::{Value, json};
    ///
    /// /// Teaches the server another phrase.
    /// #[tool]
    /// fn learn(ctx: &Ctx, name: &str, phrase: String) -> Result<()> {
    ///     ctx.handle().add(Tool::new(name, json!({ "type": "object" })).handler(move |_: Value, _ctx| {
    ///         let phrase = phrase.clone();
    ///         async move { phrase }
    ///     }))?;
    ///     Ok(())
    /// }
    /// ```
    pub fn handle(&self) -> ServerHandle {
        ServerHandle::new(Core::of(self).unwrap_or_else(|| Core::new(Catalog::of_unit_test())))
    }
}

impl ServerHandle {
    pub(crate) fn new(core: Arc<Core>) -> Self {
        Self { core }
    }

    /// Adds tools.
    ///
    /// # Errors
    /// Everything that is wrong with them; then none of them is added.
    pub fn add_tools(&self, tools: &[&'static ToolDef]) -> Result<(), BuildError> {
        self.add_declared(tools.iter().copied().map(Item::Tool))
    }

    /// Adds resources.
    ///
    /// # Errors
    /// Everything that is wrong with them; then none of them is added.
    pub fn add_resources(&self, resources: &[&'static ResourceDef]) -> Result<(), BuildError> {
        self.add_declared(resources.iter().copied().map(Item::Resource))
    }

    /// Adds prompts.
    ///
    /// # Errors
    /// Everything that is wrong with them; then none of them is added.
    pub fn add_prompts(&self, prompts: &[&'static PromptDef]) -> Result<(), BuildError> {
        self.add_declared(prompts.iter().copied().map(Item::Prompt))
    }

    /// Adds a tool, resource or prompt that was made at run time.
    ///
    /// ```
    /// use mcp_runtime::dynamic::Tool;
    /// use mcp_runtime::prelude::*;
    /// use serde_json::{Value, json};
    ///
    /// # fn example(handle: &ServerHandle) -> Result<(), BuildError> {
    /// let schema = json!({ "type": "object", "properties": { "text": { "type": "string" } } });
    /// handle.add(Tool::new("shout", schema).handler(async |arguments: Value, _ctx| {
    ///     arguments["text"].as_str().unwrap_or_default().to_uppercase()
    /// }))?;
    /// # Ok(())
    /// # }
    /// # use mcp_runtime::ServerHandle;
    /// ```
    ///
    /// # Errors
    /// All that is wrong with it; nothing is added then.
    pub fn add(&self, item: impl Into<dynamic::Item>) -> Result<(), BuildError> {
        self.add_all([item.into()])
    }

    /// Adds many of them at once: clients are told once.
    ///
    /// # Errors
    /// All that is wrong with any of them; none is added then.
    pub fn add_all(&self, items: impl IntoIterator<Item = dynamic::Item>) -> Result<(), BuildError> {
        let items: Vec<dynamic::Item> = items.into_iter().collect();
        let names: Vec<(ListKind, String)> =
            items.iter().map(|item| (ListKind::from(item), item.name().to_owned())).collect();
        let items: Vec<Box<dyn Make>> = items.into_iter().map(|item| Box::new(item) as _).collect();
        self.core.change(|now| registry::add(now, &[], &items))?;
        self.announce(&self.core.catalog(), names.iter().map(|(kind, name)| (*kind, &**name)));
        Ok(())
    }

    /// Removes a tool. Calls of it that are running go on. Whether there was one.
    pub fn remove_tool(&self, name: &str) -> bool {
        self.remove(ListKind::Tools, name)
    }

    /// Removes the resource or template that was declared with this URI. Whether there was one.
    pub fn remove_resource(&self, uri: &str) -> bool {
        self.remove(ListKind::Resources, uri)
    }

    /// Removes a prompt. Whether there was one.
    pub fn remove_prompt(&self, name: &str) -> bool {
        self.remove(ListKind::Prompts, name)
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

    /// Tells clients that subscribed to it that a resource has changed. Each reads the URI as it wrote it.
    pub fn resource_updated(&self, uri: impl AsRef<str>) {
        self.publish(&Notice::updated(uri.as_ref()));
    }

    /// The bytes of memory that the server uses for its clients right now: what
    /// [`memory_limit`](crate::ServerBuilder::memory_limit) limits.
    pub fn memory_used(&self) -> usize {
        self.core.budget().used()
    }

    /// The states of the server and of its connections as they change: see [`Server::events`](crate::Server::events).
    pub fn events(&self) -> crate::Events {
        self.core.events()
    }

    /// What the server has counted since it was built.
    ///
    /// ```
    /// use mcp_runtime::ServerHandle;
    ///
    /// fn report(handle: &ServerHandle) {
    ///     let metrics = handle.metrics();
    ///     println!("{metrics}"); // a table
    ///     for one in metrics.operations.iter().filter(|one| one.error_rate() > 0.1) {
    ///         println!("{} {:?} fails often: {:?}", one.method, one.target, one.errors);
    ///     }
    /// }
    /// ```
    pub fn metrics(&self) -> Metrics {
        Metrics::of(&self.core)
    }

    /// Ends all that is open for a caller on HTTP: its sessions, with their calls, and its streams. Credentials that were issued
    /// before, and say so by a claim `iat`, are not let in any more; those that do not say it, such as API keys, have to be disabled
    /// where they are kept. The last 10,000 revocations are remembered, until the process ends.
    ///
    /// ```
    /// use mcp_runtime::{Principal, ServerHandle};
    ///
    /// fn on_logout(handle: &ServerHandle, subject: &str) {
    ///     handle.revoke(&Principal::new(subject).with_issuer("https://id.example.com"));
    /// }
    /// ```
    #[cfg(feature = "http")]
    pub fn revoke(&self, principal: &Principal) {
        self.core.revoked().add(principal);
    }

    /// What the server offers now.
    pub(super) fn catalog(&self) -> Arc<Catalog> {
        self.core.catalog()
    }

    fn publish(&self, notice: &Notice) {
        self.core.catalog().bus().publish(notice);
    }

    fn add_declared(&self, items: impl Iterator<Item = Item>) -> Result<(), BuildError> {
        let items: Vec<Item> = items.collect();
        self.core.change(|now| registry::add(now, &items, &[]))?;
        self.announce(&self.core.catalog(), items.iter().map(|item| (ListKind::from(*item), item.key())));
        Ok(())
    }

    fn remove(&self, kind: ListKind, name: &str) -> bool {
        let before = self.core.catalog();
        let changed = self.core.change(|now| registry::remove(now, kind, name).ok_or(()));
        if changed.is_ok() {
            self.announce(&before, [(kind, name)].into_iter());
        }
        changed.is_ok()
    }

    /// Tells those clients that a list has changed who may know of any of the items which it has now or had before.
    fn announce<'a>(&self, catalog: &Catalog, items: impl Iterator<Item = (ListKind, &'a str)>) {
        let items: Vec<(ListKind, &str)> = items.collect();
        let notices = [
            (ListKind::Tools, Notice::ToolsChanged),
            (ListKind::Resources, Notice::ResourcesChanged),
            (ListKind::Prompts, Notice::PromptsChanged),
        ];
        for (kind, notice) in notices {
            let of_kind = || items.iter().filter(|(one, _)| *one == kind);
            if of_kind().next().is_none() {
                continue;
            }
            let may_know = |who: &dyn Any| {
                let shows = |principal| {
                    let found = |(kind, name): &(ListKind, &str)| catalog.bound(*kind, name);
                    of_kind().any(|item| found(item).is_none_or(|bound| bound.entry.is_visible_to(principal)))
                };
                who.downcast_ref::<Principal>().is_none_or(shows)
            };
            let bus = self.core.catalog();
            bus.bus().publish_to(&notice, catalog.is_guarded().then_some(&may_know as &Audience<'_>));
        }
    }
}
