//! Binding: from declarations to a catalog, or to a list of all that is wrong.

use std::fmt;
use std::sync::Arc;

use mcp_proto::types::{UriTemplate, uri_key};
use serde_json::value::RawValue;

use super::binder::Binder;
use super::catalog::{Catalog, Declared};
use super::common::Common;
use super::def::{Item, PromptDef, ResourceDef, ToolDef};
use super::group::Group;
use super::guarding;
use super::hold::{Reads, hold};
use super::item::{Bound, Parameter, Prompt, Resource, Tool};
use super::kind::ListKind;
use super::patterns;
use super::problem::{BuildError, Problem};
use super::profile::Profile;
use super::rules::Guard;
use super::schema::{Input, InputSchema, check_names, mirrored};
use super::source::{Snapshot, Source};
use super::taken::Taken;
use super::warnings::{warn_of_default, warn_of_unknown};
use crate::args::{Constraint, Param};
use crate::call::{Entry, Handler, Location};

/// What a server is to be made of.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) profile: Profile,
    pub(crate) mounts: Vec<Mount>,
    /// The instructions of the mounted groups, in the order of mounting.
    pub(crate) guides: Vec<&'static str>,
    pub(crate) items: Vec<Item>,
    /// Items that were made at run time.
    pub(crate) made: Vec<Box<dyn Make>>,
    pub(crate) problems: Vec<String>,
}

/// An item that was made at run time. Behind a pointer: a server that makes none is linked without what binds them.
pub(crate) trait Make: fmt::Debug + Send + Sync {
    /// Whether it says anything of who may use it.
    fn declares_policy(&self) -> bool;

    /// Binds it, and adds it to what the server offers; notes what is wrong with it.
    fn bind(&self, work: &mut Work<'_>, snapshot: &mut Snapshot);
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
struct Selected {
    item: Item,
    prefix: Box<str>,
}

impl Selected {
    fn new(item: Item) -> Self {
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
}

impl Plan {
    /// The items of all mounts, and those that were named one by one.
    fn select(&self, problems: &mut Vec<Problem>) -> Vec<Selected> {
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
        found(&self.items, problems).for_each(add);
        selected
    }

    /// What clients are told: the server's own instructions, then those of the mounted groups, each text once.
    fn instructions(&self) -> Option<String> {
        let mut paragraphs: Vec<&str> = Vec::new();
        for text in self.profile.instructions.as_deref().into_iter().chain(self.guides.iter().copied()) {
            if !text.is_empty() && !paragraphs.contains(&text) {
                paragraphs.push(text);
            }
        }
        (!paragraphs.is_empty()).then(|| paragraphs.join("\n\n"))
    }

    /// Binds everything.
    ///
    /// # Errors
    /// All that is wrong with any of it.
    pub(crate) fn build(mut self) -> Result<Catalog, BuildError> {
        let mut problems = self.problems.iter().cloned().map(Problem::general).collect();
        let selected = self.select(&mut problems);
        if !self.profile.dynamic {
            let there = || selected.iter().filter_map(|one| one.item.group()).collect();
            self.profile.rings.check(there, &mut problems);
        }
        self.profile.instructions = self.instructions();
        self.profile.rings.close();
        let mut closed = Vec::new();
        self.profile.settle_policy(
            selected.iter().any(|one| guarding::is_declared(one.item))
                || self.made.iter().any(|made| made.declares_policy()),
        );
        guarding::settle_methods(&mut self.profile, &mut closed);
        let mut catalog = Catalog::new(self.profile);
        let snapshot = bind(&catalog, &selected, &self.made, problems, closed).map_err(BuildError::new)?;
        catalog = catalog.with(Source::Built, snapshot);
        #[cfg(feature = "auth")]
        if !catalog.profile.dynamic {
            let unknown = catalog.profile.unknown_to(&catalog);
            if !unknown.is_empty() {
                return Err(BuildError::new(unknown));
            }
        }
        catalog.declared = if catalog.profile.dynamic { Declared::ALL } else { catalog.there() };
        Ok(catalog)
    }
}

/// The definitions of items that were named one by one; notes those that cannot be found.
fn found(items: &[Item], problems: &mut Vec<Problem>) -> impl Iterator<Item = Selected> {
    items.iter().filter_map(|item| item.found().map_err(|problem| problems.push(problem)).ok()).map(Selected::new)
}

/// A running server with more items; none of those that are there is bound again.
///
/// # Errors
/// All that is wrong with any of them.
pub(crate) fn add(now: &Catalog, items: &[Item], made: &[Box<dyn Make>]) -> Result<Catalog, BuildError> {
    let mut problems = Vec::new();
    let selected: Vec<Selected> = found(items, &mut problems).collect();
    let while_running = |problems| BuildError::new(problems).while_running();
    let added = bind(now, &selected, made, problems, Vec::new()).map_err(while_running)?;
    let mut snapshot = now.source(Source::Added).clone();
    snapshot.extend(added);
    let changed = now.with(Source::Added, snapshot);
    let undeclared: Vec<Problem> = now.declared.lacks(changed.there()).collect();
    if undeclared.is_empty() { Ok(changed) } else { Err(while_running(undeclared)) }
}

/// A running server without an item, whatever source it is of; `None` if there is none.
pub(crate) fn remove(now: &Catalog, kind: ListKind, name: &str) -> Option<Catalog> {
    Source::ALL.into_iter().find_map(|source| {
        let mut snapshot = now.source(source).clone();
        snapshot.remove(kind, name).then(|| now.with(source, snapshot))
    })
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

/// Binds items, to be offered beside those that are there.
///
/// # Errors
/// All that is wrong with any of them.
fn bind(
    there: &Catalog,
    selected: &[Selected],
    made: &[Box<dyn Make>],
    problems: Vec<Problem>,
    closed: Vec<String>,
) -> Result<Snapshot, Vec<Problem>> {
    let mut work = Work { profile: &there.profile, there, problems, closed, taken: Taken::default() };
    let mut snapshot = Snapshot::default();
    for Selected { item, prefix } in selected {
        let ring = work.profile.rings.of(item.group());
        match *item {
            Item::Tool(def) => {
                let tool = work.tool(def, prefix);
                snapshot.tools.extend(tool.map(|tool| Arc::new(Tool { bound: tool.bound.within(ring), ..tool })));
            }
            Item::Resource(def) => {
                let one = work.resource(def, prefix);
                snapshot.resources.extend(one.map(|one| Arc::new(Resource { bound: one.bound.within(ring), ..one })));
            }
            Item::Prompt(def) => {
                let prompt = work.prompt(def, prefix);
                snapshot.prompts.extend(prompt.map(|one| Arc::new(Prompt { bound: one.bound.within(ring), ..one })));
            }
        }
    }
    for item in made {
        item.bind(&mut work, &mut snapshot);
    }
    if !work.problems.is_empty() {
        return Err(work.problems);
    }
    guarding::report(&work.closed);
    Ok(snapshot)
}

/// The binding of one server.
pub(crate) struct Work<'a> {
    pub(super) profile: &'a Profile,
    /// What is offered already.
    there: &'a Catalog,
    pub(super) problems: Vec<Problem>,
    /// What nobody may use, because nothing is said of who may.
    pub(super) closed: Vec<String>,
    taken: Taken,
}

impl Work<'_> {
    fn tool(&mut self, def: &'static ToolDef, prefix: &str) -> Option<Tool> {
        let common = &def.common;
        let name = format!("{prefix}{}", common.name);
        self.check_tool_name(&name, " (`#[tool(name = \"…\")]`)", common.at);
        let input = def.input.schema(common.params).and_then(|input| {
            let listed = if def.is_exact { input.exact.clone() } else { input.listed };
            check_names(&listed)?;
            Ok(InputSchema { listed, ..input })
        });
        let input = match input {
            Ok(input) => input,
            Err(why) => {
                self.problems.push(Problem::new(common.at, format!("tool `{name}`: {why}")));
                return None;
            }
        };
        if let Some(lost) = unknown_to(&input.listed, common.params) {
            let message = format!("tool `{name}`: its input schema has no property `{lost}`, which is a parameter");
            self.problems.push(Problem::new(common.at, message));
        }
        let output = match def.output_schema() {
            Ok(output) => output,
            Err(why) => {
                self.problems.push(Problem::new(common.at, format!("tool `{name}`: {why}")));
                return None;
            }
        };
        let (mut entry, handler, check) = self.entry("tool", name, common)?;
        self.check_scopes(entry.policy.as_deref(), None, &entry.name, common.at);
        if let Some(result) = output.unknown {
            warn_of_unknown(&entry, result);
        }
        for param in common.params.iter().filter(|param| param.has_unknown_default()) {
            warn_of_default(&entry, param.name);
        }
        entry.hints = def.hints;
        entry.cost = def.cost;
        entry.output = output.shape;
        let reads = if matches!(def.input, Input::Params) { Reads::OneByOne } else { Reads::AsAWhole };
        if let Err(why) = hold(&mut entry, &input.exact, common.params, reads, def.engine, self.profile.validator) {
            let message = format!("tool `{}`: its input schema cannot be used: {why}", entry.name);
            self.problems.push(Problem::new(common.at, message));
        }
        let (handler, consent) = self.asking(&mut entry, handler, common, true);
        for schema in [Some(&input.listed), output.schema.as_ref()].into_iter().flatten() {
            for fault in patterns::faults(schema) {
                self.problems.push(Problem::new(common.at, format!("tool `{}`: {fault}", entry.name)));
            }
        }
        Some(Tool {
            bound: Bound::new(entry, handler).checked_by(check).asking(consent),
            about: common.into(),
            mirrored: mirrored(&input.listed),
            input: RawValue::from_string(input.listed).ok()?,
            output: output.schema.and_then(|output| RawValue::from_string(output).ok()),
        })
    }

    fn resource(&mut self, def: &'static ResourceDef, prefix: &str) -> Option<Resource> {
        let Some(uri) = prefixed_uri(prefix, def.uri) else {
            let message = format!("resource `{}` cannot be mounted under a prefix: its URI has no host part", def.uri);
            self.problems.push(Problem::new(def.common.at, message));
            return None;
        };
        let template = self.template(&uri, def.common.at)?;
        let key = uri_key(&uri).into();
        let pattern = self.claim_template(&template, def.common.at);
        let (mut entry, handler, check) = self.entry("resource", uri, &def.common)?;
        self.check_scopes(entry.policy.as_deref(), Some(&template), &entry.name, def.common.at);
        entry.mime = def.mime.map(Into::into);
        let (handler, consent) = self.asking(&mut entry, handler, &def.common, false);
        let name = format!("{prefix}{}", def.common.name);
        Some(Resource {
            bound: self
                .bound("resource", entry, handler, def.common.params.iter().map(Into::into).collect())
                .declared_by(def.common.params)
                .checked_by(check)
                .asking(consent),
            about: (&def.common).into(),
            key,
            name: name.into(),
            template,
            pattern,
            mime: def.mime.map(Into::into),
            size: def.size,
            annotations: def.annotations.get(),
        })
    }

    fn prompt(&mut self, def: &'static PromptDef, prefix: &str) -> Option<Prompt> {
        let name = format!("{prefix}{}", def.common.name);
        self.check_prompt_name(&name, def.common.at);
        let (mut entry, handler, check) = self.entry("prompt", name, &def.common)?;
        self.check_scopes(entry.policy.as_deref(), None, &entry.name, def.common.at);
        let (handler, consent) = self.asking(&mut entry, handler, &def.common, false);
        let parameters = def.common.params.iter().map(Into::into).collect();
        let bound = self.bound("prompt", entry, handler, parameters).declared_by(def.common.params);
        let bound = bound.checked_by(check).asking(consent);
        Some(Prompt { bound, about: (&def.common).into() })
    }

    /// `cure` is where the name comes from, where that is known.
    pub(super) fn check_tool_name(&mut self, name: &str, cure: &str, at: Location) {
        if name.is_empty() || name.len() > 128 || !name.bytes().all(is_name_byte) {
            let message =
                format!("tool `{name}`: a tool's name has 1 to 128 of the characters A-Z a-z 0-9 _ . -{cure}");
            self.problems.push(Problem::new(at, message));
        }
    }

    pub(super) fn check_prompt_name(&mut self, name: &str, at: Location) {
        if name.is_empty() || name.chars().any(char::is_control) {
            let message = format!("prompt {name:?}: a prompt's name is not empty and has no control characters");
            self.problems.push(Problem::new(at, message));
        }
    }

    pub(super) fn template(&mut self, uri: &str, at: Location) -> Option<UriTemplate> {
        let template = UriTemplate::parse(uri);
        template.map_err(|why| self.problems.push(Problem::new(at, format!("resource `{uri}`: {why}")))).ok()
    }

    /// Takes a name; notes that another item of the kind has it.
    pub(super) fn claim(&mut self, kind: &'static str, name: &str, at: Location) {
        let key = if kind == "resource" { uri_key(name).into_owned() } else { name.to_owned() };
        let other = self.there.place(kind, &key);
        let other = self.taken.take(kind, &key, "", at).map(|(_, at)| at).or(other);
        if let Some(other) = other {
            let is_declared = ![at, other].iter().any(|at| at.module.is_empty());
            let message = match kind {
                // One of them was made at run time.
                "resource" if !is_declared => format!("{kind} `{name}`: another resource has this URI"),
                _ if !is_declared => format!("{kind} `{name}`: another {kind} has this name"),
                "resource" => format!("{kind} `{name}`: two functions have this URI"),
                _ => format!("{kind} `{name}`: two functions have this name; give one `name = \"…\"`"),
            };
            self.problems.push(Problem::between(at, other, message));
        }
    }

    /// Takes the URIs that a template matches, and gives its [pattern](UriTemplate::pattern); notes that another template
    /// has it. Templates that are written alike are left to [`claim`](Self::claim), as are URIs without variables.
    pub(super) fn claim_template(&mut self, template: &UriTemplate, at: Location) -> Arc<str> {
        let (written, pattern) = (template.as_str(), Arc::<str>::from(template.pattern()));
        if template.is_static() {
            return pattern;
        }
        let other = self.there.template_of(&pattern);
        let other = self.taken.take("pattern", &pattern, written, at).or(other);
        if let Some((other, place)) = other.filter(|(other, _)| uri_key(other) != uri_key(written)) {
            let message = format!(
                "resource `{written}`: it matches the same URIs as `{other}`, so one of them would never be read; \
                 change the scheme or the path of one"
            );
            self.problems.push(Problem::between(at, place, message));
        }
        pattern
    }

    /// Binds a function and what checks its calls; notes what is wrong with it and with its name.
    fn entry(
        &mut self,
        kind: &'static str,
        name: String,
        common: &'static Common,
    ) -> Option<(Entry, Handler, Option<Handler>)> {
        self.claim(kind, &name, common.at);
        for constraint in common.params.iter().flat_map(|param| param.constraints()) {
            let Constraint::Pattern(pattern) = constraint else { continue };
            if let Err(why) = pattern.check() {
                let source = pattern.source;
                let message = format!("{kind} `{name}`: the pattern `{source}` is not a regular expression: {why}");
                self.problems.push(Problem::new(common.at, message));
            }
        }
        for fault in common.params.iter().filter_map(Param::default_fault) {
            self.note_at(common.at, format!("{kind} `{name}`: {fault}"));
        }
        let subject = format!("{kind} `{name}`");
        let guarded = self.guarded(kind, &name, common);
        let handler = self.handler(subject, common)?;
        let mut entry = Entry::new(&name, common.at);
        entry.timeout = common.timeout.or(self.profile.timeout);
        entry.policy = guarded.policy;
        #[cfg(feature = "layers")]
        {
            entry.cache = common.cache;
        }
        Some((entry, handler, guarded.check))
    }

    /// A function with parameters that may be completed; notes the state that a completer needs and nobody gave.
    pub(super) fn bound(
        &mut self,
        kind: &str,
        entry: Entry,
        handler: Handler,
        mut parameters: Vec<Parameter>,
    ) -> Bound {
        for Parameter { name, completer, entry: served_under, .. } in &mut parameters {
            if !completer.is_function() {
                continue;
            }
            let mut own = Entry::new(&format!("completion of {name} in {}", entry.name), entry.at);
            own.timeout = entry.timeout;
            *served_under = Some(Arc::new(own));
            completer.check(&self.profile.shared.states, &mut |missing| {
                let message = format!("{kind} `{}`: what completes `{name}`: {missing}", entry.name);
                self.problems.push(Problem::new(entry.at, message));
            });
        }
        Bound::new(entry, handler).with_parameters(parameters)
    }

    fn handler(&mut self, subject: String, common: &Common) -> Option<Handler> {
        (common.bind)(&mut self.binder(subject, common.at))
    }

    /// Binds the function that says who may use an item.
    pub(super) fn bound_guard(
        &mut self,
        subject: String,
        at: Location,
        guard: fn(&mut Binder<'_>) -> Option<Guard>,
    ) -> Option<Guard> {
        guard(&mut self.binder(subject, at))
    }

    fn binder(&mut self, subject: String, at: Location) -> Binder<'_> {
        Binder { states: &self.profile.shared.states, subject, at, problems: &mut self.problems }
    }

    pub(super) fn note_at(&mut self, at: Location, why: String) {
        self.problems.push(Problem::new(at, why));
    }
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
