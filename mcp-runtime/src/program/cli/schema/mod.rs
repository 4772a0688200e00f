//! From a JSON Schema to what people want to know of a value.

mod example;
mod pattern;

use super::json::Json;
use crate::args::{Held, decoded};
use crate::call::{FaultLimits, Inspect as _};
use crate::joined::joined;

/// How deep shapes are told, and how many references are followed.
const DEEPEST: usize = 4;

/// Formats of texts: what a text of it is, and an example.
const FORMATS: [(&str, &str, &str); 12] = [
    ("date", "date", "2026-11-28"),
    ("date-time", "date and time", "2026-11-28T12:00:00Z"),
    ("partial-date-time", "date and time", "2026-11-28T12:00:00"),
    ("time", "time", "12:00:00Z"),
    ("partial-time", "time", "12:00:00"),
    ("duration", "duration", "PT1H30M"),
    ("email", "e-mail address", "ada@example.com"),
    ("uri", "URI", "https://example.com"),
    ("uuid", "UUID", "67e55044-10b1-426f-9247-bb680e5fe0c8"),
    ("ip", "IP address", "192.0.2.1"),
    ("ipv4", "IP address", "192.0.2.1"),
    ("ipv6", "IP address", "2001:db8::1"),
];

/// A schema within the document that its references point into.
#[derive(Clone, Copy)]
pub(super) struct Schema<'a> {
    root: &'a Json,
    /// As it stands there; a reference may have a description beside it.
    written: &'a Json,
    /// What a reference leads to, without `null` as an alternative.
    at: &'a Json,
}

/// A member of an object: an argument, a field.
pub(super) struct Property<'a> {
    pub(super) name: &'a str,
    pub(super) schema: Schema<'a>,
    pub(super) is_required: bool,
}

/// One of several values that can be chosen.
pub(super) struct Choice<'a> {
    pub(super) value: &'a Json,
    /// What people call it, or what is said of it.
    pub(super) about: &'a str,
}

impl<'a> Schema<'a> {
    pub(super) fn new(root: &'a Json) -> Self {
        Self::within(root, root)
    }

    fn within(root: &'a Json, written: &'a Json) -> Self {
        let mut at = written;
        for _ in 0..DEEPEST {
            let next = match &at["$ref"] {
                Json::Text(reference) => pointed(root, reference),
                _ => alternative(at),
            };
            match next {
                Some(next) => at = next,
                None => break,
            }
        }
        Self { root, written, at }
    }

    /// The properties of an object, in the order in which they were sent.
    pub(super) fn properties(self) -> impl Iterator<Item = Property<'a>> {
        let required = self.at["required"].items();
        self.at["properties"].members().iter().map(move |(name, schema)| self.listed(name, schema, required))
    }

    #[inline(never)] // Properties are walked over in twenty places.
    fn listed(self, name: &'a str, schema: &'a Json, required: &[Json]) -> Property<'a> {
        let is_required = required.iter().any(|required| required.text() == name);
        Property { name, schema: Self::within(self.root, schema), is_required }
    }

    pub(super) fn property(self, name: &str) -> Option<Self> {
        self.properties().find(|property| property.name == name).map(|property| property.schema)
    }

    /// The schema of a list's items.
    pub(super) fn items(self) -> Self {
        Self::within(self.root, &self.at["items"])
    }

    pub(super) fn description(self) -> &'a str {
        [self.written, self.at]
            .into_iter()
            .map(|schema| schema["description"].text())
            .find(|text| !text.is_empty())
            .unwrap_or_default()
    }

    pub(super) fn title(self) -> &'a str {
        self.written["title"].text()
    }

    pub(super) fn default(self) -> Option<&'a Json> {
        self.written.get("default").filter(|default| !default.is_null())
    }

    /// An example that the schema gives.
    pub(super) fn given_example(self) -> Option<&'a Json> {
        self.written["examples"].items().first().or_else(|| self.at["examples"].items().first())
    }

    /// A number or a text that the schema has under this key.
    #[inline(never)]
    pub(super) fn keyword(self, name: &str) -> Option<&'a Json> {
        self.at.get(name).or_else(|| self.written.get(name))
    }

    /// Whether it takes values of this type.
    pub(super) fn takes(self, kind: &str) -> bool {
        let named = |schema: &Json| match &schema["type"] {
            Json::Text(one) => one == kind,
            Json::List(several) => several.iter().any(|one| one.text() == kind),
            _ => false,
        };
        let has_null = || {
            let branches = [&self.written["anyOf"], &self.written["oneOf"]].into_iter().flat_map(|of| of.items());
            branches.into_iter().any(|branch| branch["type"].text() == "null")
        };
        named(self.at) || (kind == "null" && (named(self.written) || has_null()))
    }

    /// The type of its values; empty where there are several, or it is not said.
    pub(super) fn kind(self) -> &'a str {
        match &self.at["type"] {
            Json::Text(kind) => kind,
            Json::List(several) => {
                let mut kinds = several.iter().map(Json::text).filter(|kind| *kind != "null");
                match (kinds.next(), kinds.next()) {
                    (Some(one), None) => one,
                    _ => "",
                }
            }
            _ if self.at.get("properties").is_some() => "object",
            // Several alternatives of one type.
            _ => {
                let mut kinds = self.branches().iter().map(|branch| branch["type"].text());
                let first = kinds.next().unwrap_or_default();
                if kinds.all(|kind| kind == first) { first } else { "" }
            }
        }
    }

    /// What can be chosen, where there is a list of it; of a list of choices, what its items can be.
    pub(super) fn choices(self) -> Vec<Choice<'a>> {
        let values = self.at["enum"].items();
        let names = self.at["enumNames"].items();
        if !values.is_empty() {
            let about = |at: usize| names.get(at).map(Json::text).unwrap_or_default();
            return values
                .iter()
                .enumerate()
                .filter(|(_, value)| !value.is_null())
                .map(|(at, value)| Choice { value, about: about(at) })
                .collect();
        }
        let choice = |branch: &'a Json| {
            let about = [&branch["title"], &branch["description"]];
            let about = about.into_iter().map(Json::text).find(|text| !text.is_empty()).unwrap_or_default();
            // A variant without a description is one of a shorter list.
            match branch["enum"].items() {
                [] => branch.get("const").map(|value| vec![Choice { value, about }]),
                values => Some(values.iter().map(|value| Choice { value, about }).collect()),
            }
        };
        let choices: Option<Vec<_>> = self.branches().iter().map(choice).collect();
        choices.unwrap_or_default().into_iter().flatten().collect()
    }

    /// The schemas of which its values keep to one, where they are no plain choices.
    pub(super) fn forms(self) -> impl Iterator<Item = Self> {
        self.branches().iter().map(move |branch| Self::within(self.root, branch))
    }

    fn branches(self) -> &'a [Json] {
        let all = [&self.at["oneOf"], &self.at["anyOf"]].map(Json::items);
        all.into_iter().find(|branches| !branches.is_empty()).unwrap_or_default()
    }

    /// The shape of its values in few words: `int`, `text,...`, `red|green`, `{"id":int,"tags":[text]}`.
    pub(super) fn shape(self) -> String {
        self.shape_within(DEEPEST)
    }

    fn shape_within(self, depth: usize) -> String {
        let choices = self.choices();
        if !choices.is_empty() {
            return either("|", &choices);
        }
        if let Some(value) = self.at.get("const") {
            return bare(value);
        }
        if depth > 0 && !self.branches().is_empty() && self.at.get("properties").is_none() {
            return joined(" | ", &mut self.forms().map(|form| form.shape_within(depth - 1)));
        }
        match self.kind() {
            "array" if depth > 0 && self.at.get("items").is_some() => {
                format!("[{}]", self.items().shape_within(depth - 1))
            }
            "array" => "[...]".to_owned(),
            "object" if depth > 0 && !self.at["properties"].members().is_empty() => {
                let member = |property: Property<'a>| {
                    let optional = if property.is_required { "" } else { "?" };
                    // What may be left out may be `null`, too.
                    let null = if property.is_required && property.schema.takes("null") { "|null" } else { "" };
                    format!("{}{optional}: {}{null}", property.name, property.schema.shape_within(depth - 1))
                };
                format!("{{{}}}", joined(", ", &mut self.properties().map(member)))
            }
            _ => self.word().to_owned(),
        }
    }

    /// What stands behind the name of an argument in a list: one word.
    pub(super) fn brief(self) -> String {
        /// Choices that are longer are told by `--help`.
        const LONGEST: usize = 32;
        let choices = self.choices();
        if !choices.is_empty() {
            let all = either("|", &choices);
            return if all.len() > LONGEST { "choice".to_owned() } else { all };
        }
        match self.kind() {
            "array" => match self.items().brief() {
                item if matches!(&*item, "any" | "object" | "list" | "choice") || item.ends_with("...") => {
                    "list".to_owned()
                }
                item => format!("{item},..."),
            },
            _ => self.word().to_owned(),
        }
    }

    fn word(self) -> &'a str {
        match (self.kind(), self.keyword("format").map(Json::text)) {
            ("string", Some(format)) if self.format().is_some() => format,
            ("string", _) => "text",
            ("integer", _) => "int",
            ("boolean", _) => "bool",
            ("", _) => "any",
            (other, _) => other,
        }
    }

    /// Its values in whole words: `an integer from 0 to 255`, `a text of 1 to 20 characters`.
    pub(super) fn words(self) -> String {
        let number = |name: &str| self.keyword(name).filter(|bound| bound.number().is_some()).map(Json::to_string);
        let said =
            |bound: Option<String>, before: &str, after: &str| bound.map(|bound| format!("{before}{bound}{after}"));
        let bounds = match (number("minimum"), number("maximum")) {
            (Some(least), Some(most)) => format!(" from {least} to {most}"),
            (least, most) => {
                let bounds = [
                    said(least, "", " or more"),
                    said(number("exclusiveMinimum"), "more than ", ""),
                    said(most, "", " or less"),
                    said(number("exclusiveMaximum"), "less than ", ""),
                ];
                let bounds: Vec<_> = bounds.into_iter().flatten().collect();
                if bounds.is_empty() { String::new() } else { format!(", {}", bounds.join(" and ")) }
            }
        };
        let multiple = number("multipleOf").map(|step| format!(", a multiple of {step}")).unwrap_or_default();
        let bounds = format!("{bounds}{multiple}");
        let length = |least, most, unit: &str| match (number(least), number(most)) {
            (None, None) => String::new(),
            (Some(least), None) => format!(" of {least} or more {unit}"),
            (None, Some(most)) => format!(" of at most {most} {unit}"),
            (Some(least), Some(most)) if least == most => format!(" of {least} {unit}"),
            (Some(least), Some(most)) => format!(" of {least} to {most} {unit}"),
        };
        if !self.choices().is_empty() {
            return "one of these".to_owned();
        }
        match self.kind() {
            "integer" => format!("integer{bounds}"),
            "number" => format!("number{bounds}"),
            "boolean" => "true or false".to_owned(),
            "string" => {
                let format = self.format().map(|(_, noun, example)| format!("{noun} like {example}"));
                let kind = format.unwrap_or_else(|| "text".to_owned());
                let pattern = self.keyword("pattern").map(|pattern| format!(", matching {}", pattern.text()));
                format!("{kind}{}{}", length("minLength", "maxLength", "characters"), pattern.unwrap_or_default())
            }
            "array" => {
                let items = self.items();
                let length = length("minItems", "maxItems", "items");
                let items = match items.choices() {
                    none if none.is_empty() => items.words(),
                    choices => either(", ", &choices),
                };
                format!("list{length}, each: {items}")
            }
            "object" | "" => match self.shape() {
                any if any == "any" => "any JSON".to_owned(),
                shape => format!("JSON: {shape}"),
            },
            other => other.to_owned(),
        }
    }

    /// The format of a text, if it is one of those that can be told in words.
    fn format(self) -> Option<&'static (&'static str, &'static str, &'static str)> {
        let format = self.keyword("format").map(Json::text)?;
        FORMATS.iter().find(|(name, ..)| *name == format)
    }

    /// What is wrong with a value, each with its place as a JSON pointer. Patterns are not looked at.
    pub(super) fn faults(self, value: &Json) -> Vec<(String, String)> {
        let mut schema = self.at.to_value();
        for definitions in ["$defs", "definitions"] {
            if let (Some(all), Some(schema)) = (self.root.get(definitions), schema.as_object_mut()) {
                schema.insert(definitions.to_owned(), all.to_value());
            }
        }
        match Held::new(&schema, &[], true, None, None) {
            Ok(held) => held.inspect(&value.to_string(), true, FaultLimits::default()).faults,
            Err(_) => Vec::new(),
        }
    }
}

/// Choices, with something between them.
fn either(between: &str, choices: &[Choice<'_>]) -> String {
    joined(between, &mut choices.iter().map(|choice| bare(choice.value)))
}

/// A value as it is written on the command line: a text without its quotes.
pub(super) fn bare(value: &Json) -> String {
    match value {
        Json::Text(text) => text.clone(),
        other => other.to_string(),
    }
}

/// Where a reference within the document leads to.
fn pointed<'a>(root: &'a Json, reference: &str) -> Option<&'a Json> {
    let path = decoded(reference.strip_prefix('#')?)?;
    path.split('/').skip(1).try_fold(root, |at, name| at.get(&name.replace("~1", "/").replace("~0", "~")))
}

/// The one alternative of a schema beside `null`.
fn alternative(schema: &Json) -> Option<&Json> {
    let branches = [&schema["anyOf"], &schema["oneOf"]].into_iter().map(Json::items).find(|items| !items.is_empty())?;
    let is_null = |branch: &&Json| branch["type"].text() == "null";
    let mut others = branches.iter().filter(|branch| !is_null(branch));
    match (others.next(), others.next()) {
        (Some(one), None) => Some(one),
        _ => None,
    }
}
