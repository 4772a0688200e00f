//! What a server offers: an immutable table, read by every call.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

#[cfg(feature = "http")]
use bytes::Bytes;
use mcp_proto::Version;
use mcp_proto::engine::Greeting;
use mcp_proto::era::{Cache, CacheScope, Seal};
use mcp_proto::types::{Values, fold_host, normalize, uri_key};
use serde_json::Value;

#[cfg(feature = "http")]
use super::item::Mirrored;
use super::item::{Bound, Prompt, Resource, Tool};
use super::kind::ListKind;
use super::list::{BadCursor, List};
use super::problem::Problem;
use super::profile::Profile;
use super::render;
use super::source::{Snapshot, Source};
use super::table::{Change, Named, Table};
use super::templates::Templates;
use crate::bus::Bus;
use crate::call::{Entry, Location, Principal, Scope};
use crate::json_text;
use crate::nearest::nearest;
use crate::order::order;

/// What a server offers, and how each revision sees it. Made by building a server; never changed, only replaced.
#[derive(Debug, Default)]
pub(crate) struct Catalog {
    pub(super) profile: Arc<Profile>,
    /// What each source offers, by [`Source`].
    sources: [Snapshot; Source::COUNT],
    tools: Table<Tool>,
    /// Resources and templates.
    resources: Table<Resource>,
    prompts: Table<Prompt>,
    templates: Templates,
    lists: [[OnceLock<List>; Version::ALL.len()]; 4],
    pub(super) declared: Declared,
    completes: bool,
    /// Whether any item has a policy: lists differ from caller to caller.
    is_guarded: bool,
    /// Whether any tool has an argument that a header mirrors.
    #[cfg(feature = "http")]
    mirrors: bool,
    #[cfg(feature = "http")]
    summary: OnceLock<Bytes>,
    discovery_seal: Arc<Seal>,
    greeting: OnceLock<Arc<Greeting>>,
    scope: Arc<Scope>,
}

/// Which kinds of things the server declares. Settled when it is built: clients are told once, and hold it to that.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Declared {
    pub(super) tools: bool,
    pub(super) resources: bool,
    pub(super) prompts: bool,
}

impl Declared {
    pub(super) const ALL: Self = Self { tools: true, resources: true, prompts: true };

    /// What is there and was not declared.
    pub(super) fn lacks(self, there: Self) -> impl Iterator<Item = Problem> {
        let kinds = [
            ("tools", self.tools, there.tools),
            ("resources", self.resources, there.resources),
            ("prompts", self.prompts, there.prompts),
        ];
        kinds.into_iter().filter(|(_, declared, there)| *there && !declared).map(|(kind, ..)| {
            Problem::general(format!("clients were told that there are no {kind}; build the server with `.dynamic()`"))
        })
    }
}

impl Catalog {
    /// A server that offers nothing yet.
    pub(super) fn new(profile: Profile) -> Self {
        Self {
            scope: Arc::new(Scope::from(&profile)),
            discovery_seal: Arc::new(Seal::stateless(&profile.info.json(Version::LATEST))),
            profile: Arc::new(profile),
            ..Self::default()
        }
    }

    /// What a unit test's server offers: nothing, but anything may be added.
    pub(crate) fn of_unit_test() -> Self {
        Self { declared: Declared::ALL, ..Self::default() }
    }

    /// The same with another snapshot of one source. The names of its items are not taken by others.
    pub(super) fn with(&self, source: Source, snapshot: Snapshot) -> Self {
        let before = &self.sources[source as usize];
        let tools = Change::between(&before.tools, &snapshot.tools);
        let resources = Change::between(&before.resources, &snapshot.resources);
        let prompts = Change::between(&before.prompts, &snapshot.prompts);
        let mut lists = self.lists.clone();
        change_lists(&mut lists[ListKind::Tools as usize], &tools.gone_names(), &|version| {
            tools.added.iter().map(|one| listed(&**one, render::tool, version)).collect()
        });
        change_lists(&mut lists[ListKind::Prompts as usize], &prompts.gone_names(), &|version| {
            prompts.added.iter().map(|one| listed(&**one, render::prompt, version)).collect()
        });
        for (kind, are_templates) in [(ListKind::Resources, false), (ListKind::Templates, true)] {
            change_lists(&mut lists[kind as usize], &resources.gone_names(), &|version| {
                let added = resources.added.iter().filter(|one| one.is_template() == are_templates);
                added.map(|one| listed(&**one, render::resource, version)).collect()
            });
        }
        let (tools, prompts) = (self.tools.changed(&tools), self.prompts.changed(&prompts));
        let is_same = resources.is_empty();
        let resources = self.resources.changed(&resources);
        let mut sources = self.sources.clone();
        sources[source as usize] = snapshot;
        Self {
            profile: Arc::clone(&self.profile),
            sources,
            templates: if is_same { self.templates.clone() } else { Templates::new(&resources) },
            declared: self.declared,
            completes: prompts.iter().any(|one| one.completes()) || resources.iter().any(|one| one.completes()),
            is_guarded: tools.iter().any(|one| one.bound.entry.policy.is_some())
                || prompts.iter().any(|one| one.bound.entry.policy.is_some())
                || resources.iter().any(|one| one.bound.entry.policy.is_some()),
            #[cfg(feature = "http")]
            mirrors: tools.iter().any(|tool| !tool.mirrored.is_empty()),
            #[cfg(feature = "http")]
            summary: OnceLock::new(),
            discovery_seal: Arc::clone(&self.discovery_seal),
            greeting: OnceLock::new(),
            scope: Arc::clone(&self.scope),
            tools,
            resources,
            prompts,
            lists,
        }
    }

    /// What a source offers.
    pub(crate) fn source(&self, source: Source) -> &Snapshot {
        &self.sources[source as usize]
    }

    /// Where the item of this kind and key was declared, if there is one.
    pub(super) fn place(&self, kind: &str, key: &str) -> Option<Location> {
        let bound = match kind {
            "tool" => &self.tools.get(key)?.bound,
            "prompt" => &self.prompts.get(key)?.bound,
            _ => &self.resources.get(key)?.bound,
        };
        Some(bound.entry.at)
    }

    /// The template of this pattern, as it is written, and where it was declared.
    pub(super) fn template_of(&self, pattern: &str) -> Option<(String, Location)> {
        let same = self.templates.of_pattern(pattern)?;
        Some((same.template.as_str().to_owned(), same.bound.entry.at))
    }

    /// Which kinds of things there are.
    pub(super) fn there(&self) -> Declared {
        Declared {
            tools: !self.tools.is_empty(),
            resources: !self.resources.is_empty(),
            prompts: !self.prompts.is_empty(),
        }
    }

    /// The tool of this name.
    pub(crate) fn tool(&self, name: &str) -> Option<&Bound> {
        self.tools.get(name).map(|tool| &tool.bound)
    }

    /// The arguments of a tool that HTTP headers mirror; none of a tool that the caller may not know of.
    #[cfg(feature = "http")]
    pub(crate) fn mirrored(&self, tool: &str, principal: &Principal) -> &[Mirrored] {
        if !self.mirrors {
            return &[];
        }
        let tool = self.tools.get(tool).filter(|tool| tool.bound.entry.is_visible_to(principal));
        tool.map_or(&[], |tool| &tool.mirrored)
    }

    /// What the server offers a caller, as JSON, for people and probes. Rendered once where it is the same for all.
    #[cfg(feature = "http")]
    pub(crate) fn summary(&self, principal: &Principal) -> Bytes {
        if self.is_guarded {
            return self.render_summary(principal).into();
        }
        self.summary.get_or_init(|| self.render_summary(principal).into()).clone()
    }

    #[cfg(feature = "http")]
    fn render_summary(&self, principal: &Principal) -> String {
        let version = Version::LATEST;
        let list = |kind| {
            let page = self.page_of(kind, version, principal, None, None);
            format!("[{}]", page.map_or_else(|_| "".into(), |(items, _)| items))
        };
        format!(
            r#"{{"server":{},"supportedVersions":{},"capabilities":{},"tools":{},"resources":{},"resourceTemplates":{},"prompts":{}}}"#,
            self.profile.info.json(version),
            supported_versions(),
            json_text::value(&self.capabilities(version)),
            list(ListKind::Tools),
            list(ListKind::Resources),
            list(ListKind::Templates),
            list(ListKind::Prompts),
        )
    }

    /// The prompt of this name.
    pub(crate) fn prompt(&self, name: &str) -> Option<&Bound> {
        self.prompts.get(name).map(|prompt| &prompt.bound)
    }

    /// The resource at this URI, and the values of its template's variables.
    pub(crate) fn resource(&self, uri: &str) -> Option<(&Bound, Values)> {
        let uri = normalize(uri);
        if let Some(resource) = self.resources.get(&fold_host(&uri)).filter(|resource| !resource.is_template()) {
            return Some((&resource.bound, Values::new()));
        }
        self.templates.find(&uri).map(|(resource, values)| (&resource.bound, values))
    }

    /// The template that is written like this, or in another way that is the same.
    pub(crate) fn template(&self, written: &str) -> Option<&Bound> {
        let resource = self.resources.get(&uri_key(written)).filter(|resource| resource.is_template())?;
        Some(&resource.bound)
    }

    /// The tool whose name is nearest to `name`, of those that the caller may know of.
    pub(crate) fn nearest_tool(&self, name: &str, principal: &Principal) -> Option<&str> {
        nearest_of(name, principal, &mut self.tools.iter().map(|tool| &*tool.bound.entry))
    }

    /// The prompt whose name is nearest to `name`, of those that the caller may know of.
    pub(crate) fn nearest_prompt(&self, name: &str, principal: &Principal) -> Option<&str> {
        nearest_of(name, principal, &mut self.prompts.iter().map(|prompt| &*prompt.bound.entry))
    }

    /// What serves the item of this kind and name; a resource's name is its URI as it was declared.
    pub(crate) fn bound(&self, kind: ListKind, name: &str) -> Option<&Bound> {
        match kind {
            ListKind::Tools => self.tool(name),
            ListKind::Prompts => self.prompt(name),
            ListKind::Resources | ListKind::Templates => self.resources.get(&uri_key(name)).map(|one| &one.bound),
        }
    }

    /// Whether lists differ from caller to caller.
    pub(crate) fn is_guarded(&self) -> bool {
        self.is_guarded
    }

    /// The page of a list that begins after a cursor, as the caller sees it, and the cursor of the next one.
    pub(crate) fn page(
        &self,
        kind: ListKind,
        version: Version,
        principal: &Principal,
        cursor: Option<&str>,
    ) -> Result<(Cow<'_, str>, Option<String>), BadCursor> {
        self.page_of(kind, version, principal, cursor, self.profile.page_size)
    }

    fn page_of(
        &self,
        kind: ListKind,
        version: Version,
        principal: &Principal,
        cursor: Option<&str>,
        size: Option<usize>,
    ) -> Result<(Cow<'_, str>, Option<String>), BadCursor> {
        let list = self.list(kind, version);
        if !self.is_guarded {
            let (page, next) = list.page(cursor, size)?;
            return Ok((page.into(), next));
        }
        let shows = |name: &str| self.bound(kind, name).is_some_and(|bound| bound.entry.is_visible_to(principal));
        list.page_of(&shows, cursor, size)
    }

    /// For how long, and by whom, lists may be kept.
    pub(crate) fn list_cache(&self) -> Cache {
        let cache = self.profile.list_cache;
        if self.is_guarded { Cache { scope: CacheScope::Private, ..cache } } else { cache }
    }

    /// A list as bytes, rendered at its first use.
    pub(crate) fn list(&self, kind: ListKind, version: Version) -> &List {
        self.lists[kind as usize][version.index()].get_or_init(|| match kind {
            ListKind::Tools => List::new("tools", self.tools.iter().map(|tool| listed(&**tool, render::tool, version))),
            ListKind::Prompts => {
                List::new("prompts", self.prompts.iter().map(|prompt| listed(&**prompt, render::prompt, version)))
            }
            ListKind::Resources => self.resource_list("resources", version, |resource| !resource.is_template()),
            ListKind::Templates => self.resource_list("templates", version, Resource::is_template),
        })
    }

    fn resource_list(&self, name: &'static str, version: Version, wanted: fn(&Resource) -> bool) -> List {
        let resources = self.resources.iter().filter(|resource| wanted(resource));
        List::new(name, resources.map(|resource| listed(&**resource, render::resource, version)))
    }

    /// How many tools, resources, templates and prompts there are.
    #[cfg(feature = "cli")]
    pub(crate) fn counts(&self) -> [usize; 4] {
        let templates = self.resources.iter().filter(|resource| resource.is_template()).count();
        [self.tools.iter().count(), self.resources.iter().count() - templates, templates, self.prompts.iter().count()]
    }

    /// Whether the server has this kind of thing, now or perhaps later.
    pub(crate) fn serves(&self, kind: ListKind) -> bool {
        match kind {
            ListKind::Tools => self.declared.tools,
            ListKind::Prompts => self.declared.prompts,
            ListKind::Resources | ListKind::Templates => self.declared.resources,
        }
    }

    /// Whether anything completes.
    pub(crate) fn completes(&self) -> bool {
        self.completes
    }

    /// What the server declares it can do: exactly what it serves.
    pub(crate) fn capabilities(&self, version: Version) -> Value {
        let flags = |names: &[&'static str]| names.iter().map(|name| (*name, Value::Bool(true))).collect::<Vec<_>>();
        let mut capabilities = vec![("logging", json_text::object(Vec::new()))];
        if self.serves(ListKind::Tools) {
            capabilities.push(("tools", json_text::object(flags(&["listChanged"]))));
        }
        if self.serves(ListKind::Prompts) {
            capabilities.push(("prompts", json_text::object(flags(&["listChanged"]))));
        }
        if self.serves(ListKind::Resources) {
            capabilities.push(("resources", json_text::object(flags(&["subscribe", "listChanged"]))));
        }
        if version.has_completions_capability() && self.completes() {
            capabilities.push(("completions", json_text::object(Vec::new())));
        }
        if !self.profile.extensions.is_empty() {
            // Revisions without `extensions` have `experimental` for what they do not know.
            let key = if version.has_extensions() { "extensions" } else { "experimental" };
            capabilities.push((key, Value::Object(self.profile.extensions.clone())));
        }
        json_text::object(capabilities)
    }

    /// What the server says to `initialize`.
    pub(crate) fn greeting(&self) -> Arc<Greeting> {
        let greeting = self.greeting.get_or_init(|| {
            Arc::new(Greeting::new(|version| {
                let info = self.profile.info.json(version);
                let capabilities = json_text::value(&self.capabilities(version));
                format!(r#""capabilities":{capabilities},"serverInfo":{info}{}"#, self.instructions())
            }))
        });
        Arc::clone(greeting)
    }

    /// What the server says to `server/discover`.
    pub(crate) fn discovery(&self, version: Version) -> String {
        let capabilities = json_text::value(&self.capabilities(version));
        let (versions, instructions) = (supported_versions(), self.instructions());
        format!(r#""supportedVersions":{versions},"capabilities":{capabilities}{instructions}"#)
    }

    /// The member `instructions` with a comma before it, where the server has some.
    fn instructions(&self) -> String {
        let instructions = self.profile.instructions.as_deref();
        instructions.map_or_else(String::new, |text| format!(r#","instructions":{}"#, json_text::string(text)))
    }

    /// What the result of `server/discover` carries.
    pub(crate) fn discovery_seal(&self) -> &Seal {
        &self.discovery_seal
    }

    pub(crate) fn profile(&self) -> &Arc<Profile> {
        &self.profile
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(crate) fn bus(&self) -> &Arc<Bus> {
        &self.profile.shared.bus
    }

    /// All that can be called, each with its method and the name or URI by which it is called: tools, resources, prompts, then
    /// methods of one's own, each by name.
    pub(crate) fn entries(&self, each: &mut dyn FnMut(&str, Option<&str>, &Entry)) {
        let mut named = |method: &str, bound: &Bound| each(method, Some(&bound.entry.name), &bound.entry);
        self.tools.iter().for_each(|tool| named("tools/call", &tool.bound));
        self.resources.iter().for_each(|resource| named("resources/read", &resource.bound));
        self.prompts.iter().for_each(|prompt| named("prompts/get", &prompt.bound));
        let own: Vec<&Entry> = self.profile.methods.values().map(|bound| &*bound.entry).collect();
        for index in order(own.len(), &|a, b| own[a].name.cmp(&own[b].name)) {
            each(&own[index].name, None, own[index]);
        }
    }

    /// The handler of a method of one's own.
    pub(crate) fn method(&self, name: &str) -> Option<&Bound> {
        self.profile.methods.get(name)
    }
}

#[inline(never)]
fn nearest_of<'a>(name: &str, who: &Principal, entries: &mut dyn Iterator<Item = &'a Entry>) -> Option<&'a str> {
    nearest(name, &mut entries.filter(|entry| entry.is_visible_to(who)).map(|entry| &*entry.name))
}

fn supported_versions() -> String {
    // Dates need no escapes.
    format!(r#"["{}"]"#, Version::SUPPORTED.join(r#"",""#))
}

/// The key and the text of an item in a list.
fn listed<T: Named>(item: &T, render: fn(&T, Version) -> String, version: Version) -> (Arc<str>, String) {
    (Arc::clone(item.name()), render(item, version))
}

/// Brings the lists that were rendered already up to date: what stays is copied, not rendered again.
fn change_lists(lists: &mut [OnceLock<List>], gone: &[&str], added: &dyn Fn(Version) -> Vec<(Arc<str>, String)>) {
    for (list, version) in lists.iter_mut().zip(Version::ALL) {
        let Some(before) = list.take() else { continue };
        let added = added(version);
        let is_same = gone.is_empty() && added.is_empty();
        *list = if is_same { before } else { before.changed(gone, added) }.into();
    }
}
