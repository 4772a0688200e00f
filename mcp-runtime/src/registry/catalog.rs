//! What a server offers: an immutable table, read by every call.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use mcp_proto::Version;
use mcp_proto::engine::{Greeting, Limits};
use mcp_proto::era::{Cache, CacheScope, Seal};
use mcp_proto::types::{Implementation, Values};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use super::bind::Selected;
use super::def::{PromptDef, ResourceDef, ToolDef};
use super::list::List;
use super::render;
use crate::call::{Entry, Handler};
use crate::extract::States;
use crate::nearest::nearest;
use crate::service::Bus;

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
    pub(super) by_name: [HashMap<Box<str>, usize>; 3],
    /// The templates, in the order they are tried.
    pub(super) templates: Vec<usize>,
    pub(super) lists: [[OnceLock<List>; Version::ALL.len()]; 4],
    pub(super) completes: bool,
    pub(super) seal: Seal,
    pub(super) discovery_seal: Seal,
    pub(super) stateful: Seal,
}

/// What the builder was told, beside the items.
#[derive(Debug)]
pub(crate) struct Profile {
    pub(crate) info: Implementation,
    pub(crate) instructions: Option<String>,
    pub(crate) extensions: Map<String, Value>,
    pub(crate) methods: HashMap<Box<str>, Method>,
    pub(crate) states: States,
    pub(crate) page_size: Option<usize>,
    pub(crate) list_cache: Cache,
    pub(crate) read_cache: Cache,
    pub(crate) timeout: Option<Duration>,
    pub(crate) limits: Limits,
    /// Whether items may come while running, so that their capabilities are declared from the start.
    pub(crate) dynamic: bool,
    pub(crate) bus: Arc<Bus>,
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
        }
    }
}

/// A method that the protocol does not have, served by a handler of one's own.
#[derive(Clone, Debug)]
pub struct Method {
    pub(crate) entry: Arc<Entry>,
}

#[derive(Debug)]
pub(crate) struct Tool {
    pub(crate) def: &'static ToolDef,
    pub(crate) entry: Arc<Entry>,
    pub(crate) input: Box<RawValue>,
    pub(crate) output: Option<Box<RawValue>>,
}

#[derive(Debug)]
pub(crate) struct Resource {
    pub(crate) def: &'static ResourceDef,
    /// Its `name`; the entry's is the URI.
    pub(crate) name: Box<str>,
    pub(crate) entry: Arc<Entry>,
}

#[derive(Debug)]
pub(crate) struct Prompt {
    pub(crate) def: &'static PromptDef,
    pub(crate) entry: Arc<Entry>,
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
    pub fn tool(&self, name: &str) -> Option<&Arc<Entry>> {
        self.by_name[0].get(name).map(|index| &self.tools[*index].entry)
    }

    /// The prompt of this name.
    pub fn prompt(&self, name: &str) -> Option<&Arc<Entry>> {
        self.by_name[1].get(name).map(|index| &self.prompts[*index].entry)
    }

    /// The resource at this URI, and the values of its template's variables.
    pub fn resource(&self, uri: &str) -> Option<(&Arc<Entry>, Values)> {
        if let Some(index) = self.by_name[2].get(uri) {
            return Some((&self.resources[*index].entry, Values::new()));
        }
        self.templates.iter().find_map(|index| {
            let entry = &self.resources[*index].entry;
            Some((entry, entry.template.as_ref()?.match_uri(uri)?))
        })
    }

    /// The template that is written like this.
    pub(crate) fn template(&self, written: &str) -> Option<&Arc<Entry>> {
        self.templates.iter().map(|index| &self.resources[*index].entry).find(|entry| *entry.name == *written)
    }

    /// The tool whose name is nearest to `name`.
    pub(crate) fn nearest_tool(&self, name: &str) -> Option<&str> {
        nearest(name, self.tools.iter().map(|tool| &*tool.entry.name))
    }

    /// The prompt whose name is nearest to `name`.
    pub(crate) fn nearest_prompt(&self, name: &str) -> Option<&str> {
        nearest(name, self.prompts.iter().map(|prompt| &*prompt.entry.name))
    }

    /// A list as bytes, rendered at its first use.
    pub(crate) fn list(&self, kind: Kind, version: Version) -> &List {
        self.lists[kind as usize][version.index()].get_or_init(|| match kind {
            Kind::Tools => List::new(self.tools.iter().map(|tool| key(&tool.entry, render::tool(tool, version)))),
            Kind::Prompts => {
                List::new(self.prompts.iter().map(|prompt| key(&prompt.entry, render::prompt(prompt, version))))
            }
            Kind::Resources => self.resource_list(version, false),
            Kind::Templates => self.resource_list(version, true),
        })
    }

    fn resource_list(&self, version: Version, templates: bool) -> List {
        let wanted = |resource: &&Resource| {
            resource.entry.template.as_ref().is_some_and(|template| template.is_static() != templates)
        };
        let items = self.resources.iter().filter(wanted);
        List::new(items.map(|resource| key(&resource.entry, render::resource(resource, version))))
    }

    /// Whether the server has this kind of thing, now or perhaps later.
    pub(crate) fn serves(&self, kind: Kind) -> bool {
        self.profile.dynamic
            || match kind {
                Kind::Tools => !self.tools.is_empty(),
                Kind::Prompts => !self.prompts.is_empty(),
                Kind::Resources | Kind::Templates => !self.resources.is_empty(),
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
    pub(crate) fn greeting(&self) -> Greeting {
        Greeting::new(|version| {
            let info = self.profile.info.json(version);
            let mut members = format!(r#""capabilities":{},"serverInfo":{info}"#, self.capabilities(version));
            if let Some(instructions) = &self.profile.instructions {
                members.push_str(&format!(r#","instructions":{}"#, Value::from(instructions.as_str())));
            }
            members
        })
    }

    /// What the server says to `server/discover`.
    pub(crate) fn discovery(&self, version: Version) -> String {
        let mut members = format!(
            r#""supportedVersions":{},"capabilities":{}"#,
            json!(Version::SUPPORTED),
            self.capabilities(version)
        );
        if let Some(instructions) = &self.profile.instructions {
            members.push_str(&format!(r#","instructions":{}"#, Value::from(instructions.as_str())));
        }
        members
    }

    /// What a result carries because of its revision.
    pub fn seal(&self, version: Version) -> &Seal {
        if version.is_stateless() { &self.seal } else { &self.stateful }
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

    pub(crate) fn states(&self) -> &States {
        &self.profile.states
    }

    pub(crate) fn bus(&self) -> &Arc<Bus> {
        &self.profile.bus
    }

    pub(crate) fn read_cache(&self) -> Cache {
        self.profile.read_cache
    }

    /// The handler of a method of one's own.
    pub(crate) fn method(&self, name: &str) -> Option<&Arc<Entry>> {
        self.profile.methods.get(name).map(|method| &method.entry)
    }
}

fn key(entry: &Entry, json: String) -> (Box<str>, String) {
    (entry.name.clone(), json)
}

impl Method {
    /// A method served by `handler`.
    pub(crate) fn new(name: &str, handler: Handler) -> Self {
        let at = crate::call::Location { file: "", line: 0, column: 0, module: "" };
        Self { entry: Arc::new(Entry::new(name, at, handler)) }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.member())
    }
}
