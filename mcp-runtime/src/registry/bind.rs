//! Binding: from declarations to a catalog, or to a list of all that is wrong.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use mcp_proto::Version;
use mcp_proto::era::Seal;
use mcp_proto::hash::Fold;
use mcp_proto::types::UriTemplate;
use serde_json::json;
use serde_json::value::RawValue;

use super::binder::Binder;
use super::catalog::{Bound, Catalog, Declared, Profile, Prompt, Resource, Tool};
use super::def::{Common, Item, PromptDef, ResourceDef, ToolDef};
use super::group::Group;
use super::problem::{BuildError, Problem};
use super::schema::{input_schema, mirrored};
use crate::args::{Completer, Constraint, Param};
use crate::call::{Entry, Handler, Location, Scope};
use crate::json_text;
use crate::order::order;

/// What a server is to be made of.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) profile: Profile,
    pub(crate) mounts: Vec<Mount>,
    pub(crate) items: Vec<Item>,
    pub(crate) problems: Vec<String>,
}

/// A set of registered items that a server takes in.
#[derive(Clone, Debug)]
pub(crate) struct Mount {
    /// The group, or those without one.
    pub(crate) group: Option<&'static Group>,
    /// What their names begin with here: a prefix with its separator.
    pub(crate) prefix: String,
}

/// One item, and the prefix it has in this server.
#[derive(Clone, Debug)]
pub(crate) struct Selected {
    item: Item,
    prefix: Box<str>,
}

impl Selected {
    pub(crate) fn new(item: Item) -> Self {
        Self { item, prefix: "".into() }
    }

    fn is(&self, other: &Self) -> bool {
        // A definition is a `static`: it has one address.
        let same = match (self.item, other.item) {
            (Item::Tool(a), Item::Tool(b)) => std::ptr::eq(a, b),
            (Item::Resource(a), Item::Resource(b)) => std::ptr::eq(a, b),
            (Item::Prompt(a), Item::Prompt(b)) => std::ptr::eq(a, b),
            _ => false,
        };
        same && self.prefix == other.prefix
    }

    /// The name under which `remove` finds it.
    pub(crate) fn name(&self) -> String {
        match self.item {
            Item::Tool(def) => format!("{}{}", self.prefix, def.common.name),
            Item::Prompt(def) => format!("{}{}", self.prefix, def.common.name),
            Item::Resource(def) => prefixed_uri(&self.prefix, def.uri).unwrap_or_default(),
        }
    }

    pub(crate) fn item(&self) -> Item {
        self.item
    }
}

impl Plan {
    /// The items of all mounts, and those that were named one by one.
    fn select(&self) -> Vec<Selected> {
        let mut selected: Vec<Selected> = Vec::new();
        let mut add = |one: Selected| {
            if !selected.iter().any(|other| other.is(&one)) {
                selected.push(one);
            }
        };
        for mount in &self.mounts {
            for item in inventory::iter::<Item>().copied().filter(|item| mount.takes(*item)) {
                add(Selected { item, prefix: mount.prefix.as_str().into() });
            }
        }
        self.items.iter().copied().map(Selected::new).for_each(add);
        selected
    }

    /// Binds everything.
    pub(crate) fn build(self) -> Result<Catalog, BuildError> {
        let selected = self.select();
        let problems = self.problems.into_iter().map(Problem::general).collect();
        bind(Arc::new(self.profile), selected, problems, None)
    }
}

/// Binds other items to the profile of a running server.
///
/// # Errors
/// All that is wrong with any of them.
pub(crate) fn rebind(now: &Catalog, selected: Vec<Selected>) -> Result<Catalog, BuildError> {
    bind(Arc::clone(now.profile()), selected, Vec::new(), Some(now.declared)).map_err(BuildError::while_running)
}

impl Mount {
    fn takes(&self, item: Item) -> bool {
        match (self.group, item.group()) {
            (None, None) => !item.at().is_in_tests(),
            (Some(wanted), Some(group)) => wanted.is(group),
            _ => false,
        }
    }
}

/// Binds items to a profile.
///
/// # Errors
/// All that is wrong with any of them.
fn bind(
    profile: Arc<Profile>,
    selected: Vec<Selected>,
    problems: Vec<Problem>,
    declared: Option<Declared>,
) -> Result<Catalog, BuildError> {
    let mut work = Work { profile: &profile, problems, taken: HashMap::new() };
    let (mut tools, mut resources, mut prompts) = (Vec::new(), Vec::new(), Vec::new());
    // The linker's order is not defined; names are.
    let names: Vec<String> = selected.iter().map(Selected::name).collect();
    for index in order(names.len(), &|a, b| names[a].cmp(&names[b])) {
        let Selected { item, prefix } = &selected[index];
        match *item {
            Item::Tool(def) => tools.extend(work.tool(def, prefix)),
            Item::Resource(def) => resources.extend(work.resource(def, prefix)),
            Item::Prompt(def) => prompts.extend(work.prompt(def, prefix)),
        }
    }
    let there = Declared { tools: !tools.is_empty(), resources: !resources.is_empty(), prompts: !prompts.is_empty() };
    let declared = match declared {
        Some(declared) => {
            work.problems.extend(declared.lacks(there));
            declared
        }
        None if profile.dynamic => Declared { tools: true, resources: true, prompts: true },
        None => there,
    };
    if !work.problems.is_empty() {
        return Err(BuildError::new(work.problems));
    }
    let by_name = [
        index(tools.iter().map(|tool| &tool.bound)),
        index(prompts.iter().map(|prompt| &prompt.bound)),
        static_resources(&resources),
    ];
    let completes = {
        let prompts = prompts.iter().map(|prompt| &prompt.bound);
        let mut all = prompts.chain(resources.iter().map(|resource| &resource.bound));
        all.any(|bound| !bound.completers.iter().all(Completer::is_none))
    };
    Ok(Catalog {
        declared,
        completes,
        #[cfg(feature = "http")]
        mirrors: tools.iter().any(|tool| !tool.mirrored.is_empty()),
        templates: template_order(&resources),
        scope: scope(&profile),
        discovery_seal: Seal::stateless(&profile.info.json(Version::LATEST)),
        greeting: OnceLock::new(),
        lists: Default::default(),
        by_name,
        selected,
        tools,
        resources,
        prompts,
        profile,
    })
}

fn scope(profile: &Profile) -> Scope {
    // In every result, so no more than the specification asks for; `server/discover` says the rest.
    let info = json!({ "name": profile.info.name, "version": profile.info.version });
    Scope {
        name: (&*profile.info.name).into(),
        seal: Seal::stateless(&json_text::value(&info)),
        stateful_seal: Seal::stateful(),
        read_cache: profile.read_cache,
        states: profile.states.clone(),
        bus: Arc::clone(&profile.bus),
        vault: Arc::clone(&profile.vault),
        asking: profile.asking,
        store: Arc::clone(&profile.store),
    }
}

fn index<'a>(all: impl Iterator<Item = &'a Bound>) -> HashMap<Box<str>, usize, Fold> {
    all.enumerate().map(|(index, bound)| (bound.entry.name.clone(), index)).collect()
}

fn static_resources(resources: &[Resource]) -> HashMap<Box<str>, usize, Fold> {
    let all = resources.iter().enumerate().filter(|(_, resource)| resource.template.is_static());
    all.map(|(index, resource)| (resource.bound.entry.name.clone(), index)).collect()
}

/// The templates, those with the most literal text first: `notes://{id}/meta` is tried before `notes://{path*}`.
fn template_order(resources: &[Resource]) -> Vec<usize> {
    let literal = |index: usize| {
        let template = &resources[index].template;
        let variables: usize = template.variables().iter().map(|variable| variable.name.len() + 2).sum();
        template.as_str().len().saturating_sub(variables)
    };
    let mut order = order(resources.len(), &|a, b| literal(b).cmp(&literal(a)));
    order.retain(|index| !resources[*index].template.is_static());
    order
}

/// The binding of one server.
struct Work<'a> {
    profile: &'a Profile,
    problems: Vec<Problem>,
    /// Who has which name, by kind of item.
    taken: HashMap<(&'static str, String), Location>,
}

impl Work<'_> {
    fn tool(&mut self, def: &'static ToolDef, prefix: &str) -> Option<Tool> {
        let common = &def.common;
        let name = format!("{prefix}{}", common.name);
        if name.is_empty() || name.len() > 128 || !name.bytes().all(is_name_byte) {
            let message = format!(
                "tool `{name}`: a tool's name has 1 to 128 of the characters A-Z a-z 0-9 _ . - (`#[tool(name = \"…\")]`)"
            );
            self.problems.push(Problem::new(common.at, message));
        }
        let input = match input_schema(def) {
            Ok(input) => input,
            Err(why) => {
                self.problems.push(Problem::new(common.at, format!("tool `{name}`: {why}")));
                return None;
            }
        };
        if let Some(lost) = unknown_to(&input, common.params) {
            let message = format!("tool `{name}`: its input schema has no property `{lost}`, which is a parameter");
            self.problems.push(Problem::new(common.at, message));
        }
        let output = def.output.map(|output| output());
        let (mut entry, handler) = self.entry("tool", name, common)?;
        entry.output = output.as_ref().map(|output| output.shape).unwrap_or_default();
        #[cfg(feature = "validate")]
        match crate::args::Validator::new(&input) {
            Ok(validator) => entry.inspector = Some(Box::new(validator)),
            Err(why) => {
                let message = format!("tool `{}`: its input schema cannot be used: {why}", entry.name);
                self.problems.push(Problem::new(common.at, message));
            }
        }
        let output = output.and_then(|output| output.schema).map(|schema| json_text::value(&schema));
        Some(Tool {
            def,
            bound: bound(entry, handler, common),
            mirrored: mirrored(&input),
            input: RawValue::from_string(input).ok()?,
            output: output.and_then(|output| RawValue::from_string(output).ok()),
        })
    }

    fn resource(&mut self, def: &'static ResourceDef, prefix: &str) -> Option<Resource> {
        let Some(uri) = prefixed_uri(prefix, def.uri) else {
            let message = format!("resource `{}` cannot be mounted under a prefix: its URI has no host part", def.uri);
            self.problems.push(Problem::new(def.common.at, message));
            return None;
        };
        let template = match UriTemplate::parse(&uri) {
            Ok(template) => template,
            Err(why) => {
                self.problems.push(Problem::new(def.common.at, format!("resource `{uri}`: {why}")));
                return None;
            }
        };
        let (mut entry, handler) = self.entry("resource", uri, &def.common)?;
        entry.mime = def.mime;
        let name = format!("{prefix}{}", def.common.name);
        Some(Resource { def, name: name.into(), template, bound: bound(entry, handler, &def.common) })
    }

    fn prompt(&mut self, def: &'static PromptDef, prefix: &str) -> Option<Prompt> {
        let name = format!("{prefix}{}", def.common.name);
        if name.is_empty() || name.chars().any(char::is_control) {
            let message = format!("prompt {name:?}: a prompt's name is not empty and has no control characters");
            self.problems.push(Problem::new(def.common.at, message));
        }
        let (entry, handler) = self.entry("prompt", name, &def.common)?;
        Some(Prompt { def, bound: bound(entry, handler, &def.common) })
    }

    /// Binds a function; notes what is wrong with it and with its name.
    fn entry(&mut self, kind: &'static str, name: String, common: &'static Common) -> Option<(Entry, Handler)> {
        if let Some(other) = self.taken.insert((kind, name.clone()), common.at) {
            let message = format!("{kind} `{name}`: two functions have this name; give one `name = \"…\"`");
            let message =
                if kind == "resource" { format!("{kind} `{name}`: two functions have this URI") } else { message };
            self.problems.push(Problem::between(common.at, other, message));
        }
        for constraint in common.params.iter().flat_map(|param| param.constraints()) {
            let Constraint::Pattern(pattern) = constraint else { continue };
            if let Err(why) = pattern.check() {
                let source = pattern.source;
                let message = format!("{kind} `{name}`: the pattern `{source}` is no regular expression: {why}");
                self.problems.push(Problem::new(common.at, message));
            }
        }
        let handler = self.handler(format!("{kind} `{name}`"), common)?;
        let mut entry = Entry::new(&name, common.at);
        entry.timeout = common.timeout.or(self.profile.timeout);
        Some((entry, handler))
    }

    fn handler(&mut self, subject: String, common: &Common) -> Option<Handler> {
        let mut binder = Binder { states: &self.profile.states, subject, at: common.at, problems: &mut self.problems };
        (common.bind)(&mut binder)
    }
}

fn bound(entry: Entry, handler: Handler, common: &'static Common) -> Bound {
    let completers = common.params.iter().map(Param::completer).collect();
    Bound { params: common.params, completers, ..Bound::new(entry, handler) }
}

/// A parameter that a schema written by hand does not have: nobody could ever give it.
fn unknown_to(schema: &str, params: &[Param]) -> Option<&'static str> {
    let schema: serde_json::Value = serde_json::from_str(schema).unwrap_or_default();
    let open = schema.get("additionalProperties").is_none_or(|more| *more != serde_json::Value::Bool(false));
    let known = |param: &&Param| schema["properties"].get(param.name()).is_some();
    if open { None } else { params.iter().find(|param| !known(param)).map(Param::name) }
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// `notes://{id}` under the prefix `wx_` is `notes://wx/{id}`. `None` for a URI that has no place for it: `file:///etc`,
/// `urn:isbn:1`.
fn prefixed_uri(prefix: &str, uri: &str) -> Option<String> {
    let prefix = prefix.trim_end_matches(['_', '-', '.', '/']);
    if prefix.is_empty() {
        return Some(uri.to_owned());
    }
    let (scheme, rest) = uri.split_once("://").filter(|(_, rest)| !rest.starts_with('/'))?;
    Some(format!("{scheme}://{prefix}/{rest}"))
}
