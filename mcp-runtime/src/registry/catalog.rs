//! What a server offers: an immutable table, read by every call.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mcp_proto::Version;
use mcp_proto::engine::{Greeting, Limits};
use mcp_proto::era::{Cache, CacheScope, Seal};
use mcp_proto::hash::Fold;
use mcp_proto::types::{Implementation, UriTemplate, Values};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::bind::Selected;
use super::def::{PromptDef, ResourceDef, ToolDef};
use super::list::List;
use super::problem::Problem;
use super::render;
use crate::args::{Completer, Param};
use crate::bus::Bus;
use crate::call::{Allowance, Entry, Handler, Scope};
use crate::json_text;
use crate::nearest::nearest;
use crate::state::States;
use crate::store::{Backend, Memory};
use crate::vault::Vault;

/// What a server offers, and how each revision sees it. Made by building a server; never changed, only replaced.
#[derive(Debug, Default)]
pub struct Catalog {
    pub(super) profile: Arc<Profile>,
    /// What was bound, to bind again when something is added while running.
    pub(super) selected: Vec<Selected>,
    pub(super) tools: Vec<Tool>,
    pub(super) resources: Vec<Resource>,
    pub(super) prompts: Vec<Prompt>,
    /// Tools by name, prompts by name, and static resources by URI.
    pub(super) by_name: [HashMap<Box<str>, usize, Fold>; 3],
    /// The templates, in the order they are tried.
    pub(super) templates: Vec<usize>,
    pub(super) lists: [[OnceLock<List>; Version::ALL.len()]; 4],
    pub(super) declared: Declared,
    pub(super) completes: bool,
    /// Whether any tool has an argument that a header mirrors.
    #[cfg(feature = "http")]
    pub(super) mirrors: bool,
    pub(super) discovery_seal: Seal,
    pub(super) greeting: OnceLock<Arc<Greeting>>,
    pub(super) scope: Scope,
}

/// What the builder was told, beside the items.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) info: Implementation,
    pub(crate) instructions: Option<String>,
    pub(crate) extensions: Map<String, Value>,
    pub(crate) methods: HashMap<Box<str>, Bound>,
    pub(crate) states: States,
    pub(crate) page_size: Option<usize>,
    pub(crate) list_cache: Cache,
    pub(crate) read_cache: Cache,
    pub(crate) timeout: Option<Duration>,
    pub(crate) limits: Limits,
    /// Whether items may come while running, so that their capabilities are declared from the start.
    pub(crate) dynamic: bool,
    pub(crate) bus: Arc<Bus>,
    pub(crate) vault: Arc<Vault>,
    pub(crate) asking: Allowance,
    pub(crate) store: Arc<dyn Backend>,
}

impl Default for Profile {
    fn default() -> Self {
        Self {
            info: Implementation::default(),
            instructions: None,
            extensions: Map::new(),
            methods: HashMap::new(),
            states: States::default(),
            page_size: None,
            // Lists are the same for everybody, and clients that keep listening hear of changes at once.
            list_cache: Cache { ttl_ms: 60_000, scope: CacheScope::Public },
            // What a resource holds is the function's business; it may change at any time and be anybody's.
            read_cache: Cache::NONE,
            timeout: None,
            limits: Limits::default(),
            dynamic: false,
            bus: Arc::default(),
            vault: Arc::default(),
            asking: Allowance::default(),
            store: Arc::<Memory>::default(),
        }
    }
}

/// Which kinds of things the server declares. Settled when it is built: clients are told once, and hold it to that.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Declared {
    pub(super) tools: bool,
    pub(super) resources: bool,
    pub(super) prompts: bool,
}

impl Declared {
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

/// A function, bound to its state: what serves a request.
#[derive(Debug)]
pub(crate) struct Bound {
    pub(crate) entry: Arc<Entry>,
    pub(crate) handler: Handler,
    pub(crate) params: &'static [Param],
    /// What completes each parameter.
    pub(crate) completers: Vec<Completer>,
}

impl Bound {
    pub(crate) fn new(entry: Entry, handler: Handler) -> Self {
        Self { entry: Arc::new(entry), handler, params: &[], completers: Vec::new() }
    }
}

#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) def: &'static ToolDef,
    pub(crate) bound: Bound,
    pub(crate) input: Box<RawValue>,
    /// The arguments that HTTP headers mirror.
    #[cfg_attr(not(feature = "http"), expect(dead_code, reason = "HTTP alone has headers"))]
    pub(crate) mirrored: Vec<Mirrored>,
    pub(crate) output: Option<Box<RawValue>>,
}

#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) def: &'static ResourceDef,
    /// Its `name`; the entry's is the URI.
    pub(crate) name: Box<str>,
    pub(crate) template: UriTemplate,
    pub(crate) bound: Bound,
}

#[derive(Debug)]
pub(crate) struct Prompt {
    pub(crate) def: &'static PromptDef,
    pub(crate) bound: Bound,
}

/// An argument that an HTTP header mirrors (`server/tools`, "x-mcp-header").
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "http"), expect(dead_code, reason = "HTTP alone has headers"))]
pub(crate) struct Mirrored {
    /// The header's name after `Mcp-Param-`.
    pub(crate) header: Box<str>,
    /// Where the argument stands: the names of members, from the outside in.
    pub(crate) path: Vec<Box<str>>,
}

/// The four lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Tools,
    Prompts,
    Resources,
    Templates,
}

impl Kind {
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

impl Catalog {
    /// The tool of this name.
    pub(crate) fn tool(&self, name: &str) -> Option<&Bound> {
        self.by_name[0].get(name).map(|index| &self.tools[*index].bound)
    }

    /// The arguments of a tool that HTTP headers mirror.
    #[cfg(feature = "http")]
    pub(crate) fn mirrored(&self, tool: &str) -> &[Mirrored] {
        if !self.mirrors {
            return &[];
        }
        self.by_name[0].get(tool).map_or(&[], |index| &self.tools[*index].mirrored)
    }

    /// What the server offers, as JSON, for people and probes.
    #[cfg(feature = "http")]
    pub(crate) fn summary(&self) -> String {
        let version = Version::LATEST;
        let list = |kind| format!("[{}]", self.list(kind, version).page(None, None).map_or("", |(items, _)| items));
        format!(
            r#"{{"server":{},"supportedVersions":{},"capabilities":{},"tools":{},"resources":{},"resourceTemplates":{},"prompts":{}}}"#,
            self.profile.info.json(version),
            supported_versions(),
            json_text::value(&self.capabilities(version)),
            list(Kind::Tools),
            list(Kind::Resources),
            list(Kind::Templates),
            list(Kind::Prompts),
        )
    }

    /// The prompt of this name.
    pub(crate) fn prompt(&self, name: &str) -> Option<&Bound> {
        self.by_name[1].get(name).map(|index| &self.prompts[*index].bound)
    }

    /// The resource at this URI, and the values of its template's variables.
    pub(crate) fn resource(&self, uri: &str) -> Option<(&Bound, Values)> {
        if let Some(index) = self.by_name[2].get(uri) {
            return Some((&self.resources[*index].bound, Values::new()));
        }
        self.templates.iter().find_map(|index| {
            let resource = &self.resources[*index];
            Some((&resource.bound, resource.template.match_uri(uri)?))
        })
    }

    /// The template that is written like this.
    pub(crate) fn template(&self, written: &str) -> Option<&Bound> {
        let mut templates = self.templates.iter().map(|index| &self.resources[*index]);
        templates.find(|resource| resource.template.as_str() == written).map(|resource| &resource.bound)
    }

    /// The tool whose name is nearest to `name`.
    pub(crate) fn nearest_tool(&self, name: &str) -> Option<&str> {
        nearest(name, &mut self.tools.iter().map(|tool| &*tool.bound.entry.name))
    }

    /// The prompt whose name is nearest to `name`.
    pub(crate) fn nearest_prompt(&self, name: &str) -> Option<&str> {
        nearest(name, &mut self.prompts.iter().map(|prompt| &*prompt.bound.entry.name))
    }

    /// A list as bytes, rendered at its first use.
    pub(crate) fn list(&self, kind: Kind, version: Version) -> &List {
        self.lists[kind as usize][version.index()].get_or_init(|| match kind {
            Kind::Tools => {
                List::new("tools", self.tools.iter().map(|tool| key(&tool.bound, render::tool(tool, version))))
            }
            Kind::Prompts => List::new(
                "prompts",
                self.prompts.iter().map(|prompt| key(&prompt.bound, render::prompt(prompt, version))),
            ),
            Kind::Resources => self.resource_list(version, false),
            Kind::Templates => self.resource_list(version, true),
        })
    }

    fn resource_list(&self, version: Version, templates: bool) -> List {
        let items = self.resources.iter().filter(|resource| resource.template.is_static() != templates);
        List::new(
            if templates { "templates" } else { "resources" },
            items.map(|resource| key(&resource.bound, render::resource(resource, version))),
        )
    }

    /// Whether the server has this kind of thing, now or perhaps later.
    pub(crate) fn serves(&self, kind: Kind) -> bool {
        match kind {
            Kind::Tools => self.declared.tools,
            Kind::Prompts => self.declared.prompts,
            Kind::Resources | Kind::Templates => self.declared.resources,
        }
    }

    /// Whether anything completes.
    pub(crate) fn completes(&self) -> bool {
        self.completes
    }

    /// What the server declares it can do: exactly what it serves.
    pub(crate) fn capabilities(&self, version: Version) -> Value {
        let mut capabilities = json!({ "logging": {} });
        if self.serves(Kind::Tools) {
            capabilities["tools"] = json!({ "listChanged": true });
        }
        if self.serves(Kind::Prompts) {
            capabilities["prompts"] = json!({ "listChanged": true });
        }
        if self.serves(Kind::Resources) {
            capabilities["resources"] = json!({ "subscribe": true, "listChanged": true });
        }
        if version.has_completions_capability() && self.completes() {
            capabilities["completions"] = json!({});
        }
        if !self.profile.extensions.is_empty() {
            // Revisions without `extensions` have `experimental` for what they do not know.
            let key = if version.has_extensions() { "extensions" } else { "experimental" };
            capabilities[key] = Value::Object(self.profile.extensions.clone());
        }
        capabilities
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

    pub(crate) fn selected(&self) -> &[Selected] {
        &self.selected
    }

    pub(crate) fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(crate) fn bus(&self) -> &Arc<Bus> {
        &self.profile.bus
    }

    /// The handler of a method of one's own.
    pub(crate) fn method(&self, name: &str) -> Option<&Bound> {
        self.profile.methods.get(name)
    }
}

fn supported_versions() -> String {
    // Dates need no escapes.
    format!(r#"["{}"]"#, Version::SUPPORTED.join(r#"",""#))
}

fn key(bound: &Bound, json: String) -> (Box<str>, String) {
    (bound.entry.name.clone(), json)
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.member())
    }
}
