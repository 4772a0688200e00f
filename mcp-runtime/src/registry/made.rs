//! Binding of items that were made at run time.

use std::sync::Arc;

use mcp_proto::types::{UriTemplate, Variable, uri_key};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use super::bind::{Make, Work};
use super::dynamic::{self, Details};
use super::hold::{Reads, hold};
use super::item::{Bound, Parameter, Prompt, Resource, Tool};
use super::patterns;
use super::problem::Problem;
use super::schema::{by_hand, check_names, mirrored, portable_input, portable_output};
use super::source::Snapshot;
use crate::args::{Defaults, pattern_engine};
use crate::call::{Entry, Handler, OutputShape};

impl Make for dynamic::Item {
    fn declares_policy(&self) -> bool {
        let details = match self {
            Self::Tool(tool) => &tool.details,
            Self::Resource(resource) => &resource.details,
            Self::Prompt(prompt) => &prompt.details,
        };
        details.policy.is_some()
    }

    fn bind(&self, work: &mut Work<'_>, snapshot: &mut Snapshot) {
        match self {
            Self::Tool(tool) => snapshot.tools.extend(work.made_tool(tool).map(Arc::new)),
            Self::Resource(resource) => snapshot.resources.extend(work.made_resource(resource).map(Arc::new)),
            Self::Prompt(prompt) => snapshot.prompts.extend(work.made_prompt(prompt).map(Arc::new)),
        }
    }
}

impl Work<'_> {
    fn made_tool(&mut self, tool: &dynamic::Tool) -> Option<Tool> {
        let details = &tool.details;
        self.check_tool_name(&details.name, "", details.at);
        let input = self.schema(details, "input", &tool.input);
        let in_words = |portable: fn(&str) -> String| {
            move |exact: &String| if tool.is_exact { exact.clone() } else { portable(exact) }
        };
        let listed = input.as_ref().map(in_words(portable_input));
        if let Some(Err(why)) = listed.as_deref().map(check_names) {
            self.note(details, &why);
        }
        let output = tool.output.as_ref().map(|output| self.schema(details, "output", output));
        for schema in [input.as_ref(), output.as_ref().and_then(Option::as_ref)].into_iter().flatten() {
            for fault in patterns::faults(schema) {
                self.note(details, &fault.to_string());
            }
        }
        let (mut entry, handler) = self.made("tool", details, tool.handler.clone())?;
        self.check_scopes(entry.policy.as_deref(), None, &entry.name, details.at);
        entry.hints = tool.hints;
        entry.cost = tool.cost;
        entry.output = if output.is_some() { OutputShape::Object } else { OutputShape::Unchecked };
        let (handler, consent) = self.made_asking(&mut entry, handler, details, true);
        let input = input?;
        self.check_shown(details, || named_in(&input));
        let validator = self.profile.validator;
        if let Err(why) = hold(&mut entry, &input, &[], Reads::AsAWhole, Some(pattern_engine), validator) {
            self.note(details, &format!("its input schema cannot be used: {why}"));
        }
        let held = entry.inspector.as_deref();
        for fault in held.map(|held| Defaults::of(&input).faults(held)).unwrap_or_default() {
            self.note(details, &fault);
        }
        Some(Tool {
            bound: Bound::new(entry, handler).asking(consent),
            about: details.about(),
            mirrored: mirrored(&input),
            input: RawValue::from_string(listed?).ok()?,
            output: output
                .flatten()
                .as_ref()
                .map(in_words(portable_output))
                .and_then(|output| RawValue::from_string(output).ok()),
        })
    }

    fn made_resource(&mut self, resource: &dynamic::Resource) -> Option<Resource> {
        let details = &resource.details;
        let template = self.template(&details.name, details.at)?;
        let pattern = self.claim_template(&template, details.at);
        let (mut entry, handler) = self.made("resource", details, resource.make_handler())?;
        self.check_scopes(entry.policy.as_deref(), Some(&template), &entry.name, details.at);
        entry.mime = resource.mime.clone().map(Into::into);
        let (handler, consent) = self.made_asking(&mut entry, handler, details, false);
        self.check_shown(details, || {
            Some(template.variables().iter().map(|variable| variable.name.to_string()).collect())
        });
        let parameters = self.variables(resource, &template);
        Some(Resource {
            bound: self.bound("resource", entry, handler, parameters).asking(consent),
            about: details.about(),
            key: uri_key(&details.name).into(),
            name: resource.name.as_ref().unwrap_or(&details.name).as_str().into(),
            template,
            pattern,
            mime: resource.mime.clone().map(Into::into),
            size: resource.size,
            annotations: resource.annotations.clone(),
        })
    }

    fn made_prompt(&mut self, prompt: &dynamic::Prompt) -> Option<Prompt> {
        let details = &prompt.details;
        self.check_prompt_name(&details.name, details.at);
        let (mut entry, handler) = self.made("prompt", details, prompt.make_handler())?;
        self.check_scopes(entry.policy.as_deref(), None, &entry.name, details.at);
        if prompt.completes_nothing {
            self.note(details, "`.complete(…)` is for the argument before it, and there is none");
        }
        let (handler, consent) = self.made_asking(&mut entry, handler, details, false);
        self.check_shown(details, || Some(prompt.arguments.iter().map(|argument| argument.name.clone()).collect()));
        let parameters = prompt.arguments.iter().map(Into::into).collect();
        let bound = self.bound("prompt", entry, handler, parameters).asking(consent);
        Some(Prompt { bound, about: details.about() })
    }

    /// The variables of a template, with what completes them.
    fn variables(&mut self, resource: &dynamic::Resource, template: &UriTemplate) -> Vec<Parameter> {
        let variables = template.variables();
        let is_known = |name: &str| variables.iter().any(|variable| *variable.name == *name);
        for (name, _) in resource.completers.iter().filter(|(name, _)| !is_known(name)) {
            self.note(&resource.details, &format!("`.complete(\"{name}\", …)`: its URI has no such variable"));
        }
        for name in resource.raw.iter().filter(|name| !is_known(name)) {
            self.note(&resource.details, &format!("`.raw(\"{name}\")`: its URI has no such variable"));
        }
        let parameter = |variable: &Variable| {
            let mut completers = resource.completers.iter().rev();
            let completer =
                completers.find(|(name, _)| **name == *variable.name).map(|(_, completer)| completer.clone());
            Parameter::variable(variable, completer.unwrap_or_default())
        };
        variables.iter().map(parameter).collect()
    }

    fn schema(&mut self, details: &Details, which: &str, text: &str) -> Option<String> {
        by_hand(which, text).map_err(|why| self.note(details, &why)).ok()
    }

    fn made(&mut self, kind: &'static str, details: &Details, handler: Option<Handler>) -> Option<(Entry, Handler)> {
        self.claim(kind, &details.name, details.at);
        details.unsendable.iter().for_each(|why| self.note(details, why));
        let Some(handler) = handler else {
            self.note(details, "it has no handler; give it one with `.handler(…)`");
            return None;
        };
        let mut entry = Entry::new(&details.name, details.at);
        entry.timeout = details.timeout.or(self.profile.timeout);
        entry.policy = self.guarded_by(kind, &details.name, details.at, details.policy.as_ref());
        #[cfg(feature = "layers")]
        {
            entry.cache = details.cache;
        }
        Some((entry, handler))
    }

    pub(super) fn note(&mut self, details: &Details, why: &str) {
        self.problems.push(Problem::new(details.at, format!("`{}`: {why}", details.name)));
    }
}

/// The arguments that a tool's schema names. `None` if it names none, and so may take any.
fn named_in(input: &str) -> Option<Vec<String>> {
    // Those of alternatives are all in the one object.
    let listed: Value = serde_json::from_str(&portable_input(input)).unwrap_or_default();
    let names: Vec<String> = listed["properties"].as_object().into_iter().flat_map(Map::keys).cloned().collect();
    (!names.is_empty() || listed["additionalProperties"] == false).then_some(names)
}
