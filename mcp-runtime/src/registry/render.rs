//! List items, as each revision knows them.

use mcp_proto::Version;
use serde::Serialize;
use serde_json::value::RawValue;

use super::item::{About, Parameter, Prompt, Resource, Tool};
use crate::call::Hints;
use mcp_proto::types::{Annotations, Icon};
use mcp_proto::wire::single_line;

/// A name for people, from a name for programs: `list_open_orders` → `List open orders`.
fn title_of(name: &str) -> String {
    let words = name.rsplit(['.', '/']).next().unwrap_or(name).replace(['_', '-'], " ");
    let mut chars = words.trim().chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri_template: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    mime_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    input_schema: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    output_schema: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    annotations: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    arguments: Vec<Argument<'a>>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    icons: &'a [Icon],
    #[serde(rename = "_meta", skip_serializing_if = "Option::is_none")]
    meta: Option<&'a RawValue>,
}

#[derive(Serialize)]
struct Argument<'a> {
    name: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    description: &'a str,
    required: bool,
}

impl<'a> Item<'a> {
    fn new(about: &'a About, name: &'a str, version: Version) -> Self {
        let title = || about.title.as_deref().map_or_else(|| title_of(&about.plain_name), str::to_owned);
        Self {
            uri: None,
            uri_template: None,
            name,
            title: version.has_titles().then(title),
            description: &about.description,
            mime_type: None,
            size: None,
            input_schema: None,
            output_schema: None,
            annotations: None,
            arguments: Vec::new(),
            icons: if version.has_icons() { &about.icons } else { &[] },
            meta: about.meta.as_deref().filter(|_| version.has_titles()),
        }
    }

    fn json(&self) -> String {
        // Strings, numbers and JSON that is there already always serialize. A schema written by hand may have several lines.
        single_line(serde_json::to_string(self).unwrap_or_default())
    }
}

pub(super) fn tool(tool: &Tool, version: Version) -> String {
    let mut item = Item::new(&tool.about, &tool.bound.entry.name, version);
    item.input_schema = Some(&tool.input);
    item.output_schema = tool.output.as_deref().filter(|_| version.has_structured_output());
    item.annotations = hints(tool.bound.entry.hints).filter(|_| version.has_tool_annotations());
    item.json()
}

pub(super) fn resource(resource: &Resource, version: Version) -> String {
    let is_template = resource.is_template();
    let mut item = Item::new(&resource.about, &resource.name, version);
    let uri = Some(resource.template.as_str());
    (item.uri, item.uri_template) = if is_template { (None, uri) } else { (uri, None) };
    item.mime_type = resource.mime.as_deref();
    item.size = resource.size.filter(|_| !is_template);
    item.annotations = annotations(&resource.annotations, version);
    item.json()
}

pub(super) fn prompt(prompt: &Prompt, version: Version) -> String {
    let mut item = Item::new(&prompt.about, &prompt.bound.entry.name, version);
    item.arguments = prompt.bound.parameters.iter().map(argument).collect();
    item.json()
}

fn argument(parameter: &Parameter) -> Argument<'_> {
    Argument { name: &parameter.name, description: &parameter.description, required: parameter.required }
}

fn raw(value: &impl Serialize) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(value).ok()
}

fn hints(hints: Hints) -> Option<Box<RawValue>> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Wire {
        #[serde(skip_serializing_if = "Option::is_none")]
        read_only_hint: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        destructive_hint: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        idempotent_hint: Option<bool>,
        #[serde(skip_serializing_if = "Option::is_none")]
        open_world_hint: Option<bool>,
    }
    let Hints { read_only, destructive, idempotent, open_world } = hints;
    let any = [read_only, destructive, idempotent, open_world].iter().any(Option::is_some);
    any.then(|| {
        raw(&Wire {
            read_only_hint: read_only,
            destructive_hint: destructive,
            idempotent_hint: idempotent,
            open_world_hint: open_world,
        })
    })?
}

fn annotations(annotations: &Annotations, version: Version) -> Option<Box<RawValue>> {
    annotations.json(version).and_then(|json| RawValue::from_string(json).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_for_programs_become_names_for_people() {
        assert_eq!(title_of("list_open_orders"), "List open orders");
        assert_eq!(title_of("admin.tools.list-all"), "List all");
    }
}
