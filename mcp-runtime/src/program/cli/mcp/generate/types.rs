//! From schemas to types.

use std::fmt::Write as _;

use super::super::super::json::Json;
use super::names::{Names, camel, doc, quoted, snake};
use super::union::Union;
use crate::nearest::nearest;

const UNDESCRIBED: &str = "An object without a description.";

/// Any JSON: what has no simpler type.
const ANY: &str = "mcp_runtime::serde_json::Value";

pub(super) const DERIVED: &str =
    "#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]\n#[serde(crate = \"mcp_runtime::serde\")]\n";

/// The same, for structs whose fields may all be left out.
const DERIVED_DEFAULT: &str =
    "#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]\n#[serde(crate = \"mcp_runtime::serde\")]\n";

/// The types that were made so far.
pub(super) struct Types<'a> {
    pub(super) code: String,
    pub(super) names: Names,
    /// Definitions of the schema that is being read: what leads to them, and their types.
    defined: Vec<(String, Definition)>,
    /// Definitions of all schemas so far. One that several schemas have is one type.
    made: Vec<Made>,
    /// Fields of which `null` says something else than to leave them out.
    pub(super) nulls: Nulls<'a>,
}

/// Fields in the form `TYPE.FIELD`.
#[derive(Default)]
pub(super) struct Nulls<'a> {
    /// Those that are named, and whether there is such a field.
    named: Vec<(&'a str, bool)>,
    /// Those that may be named.
    known: Vec<String>,
}

impl<'a> Nulls<'a> {
    pub(super) fn new(named: impl Iterator<Item = &'a str>) -> Self {
        Self { named: named.map(|field| (field, false)).collect(), known: Vec::new() }
    }

    /// Whether this field is named.
    fn has(&mut self, field: String) -> bool {
        let named = self.named.iter_mut().find(|(named, _)| *named == field);
        self.known.push(field);
        named.map(|(_, is_there)| *is_there = true).is_some()
    }

    /// Whether one of the named fields is there.
    pub(super) fn has_any(&self) -> bool {
        self.named.iter().any(|(_, is_there)| *is_there)
    }

    /// What is named and is not there, with the nearest of those that may be.
    pub(super) fn wrong(&self) -> Option<(&str, Option<&str>)> {
        let (wrong, _) = self.named.iter().find(|(_, is_there)| !is_there)?;
        let known = || self.known.iter().map(|known| &**known);
        Some((wrong, nearest(wrong, &mut known()).or_else(|| known().next())))
    }
}

/// A definition that was made into a type.
struct Made {
    name: String,
    /// It, and all that it refers to.
    whole: Vec<(String, Json)>,
    kind: String,
}

#[derive(Clone)]
enum Definition {
    /// It is being made; a type may contain itself in a box only.
    Begun(Option<String>),
    Made(String),
}

impl<'a> Types<'a> {
    pub(super) fn new(nulls: Nulls<'a>) -> Self {
        let mut names = Names::default();
        // These are in scope.
        for name in [
            "Client",
            "ClientError",
            "CallResult",
            "PromptResult",
            "ReadResourceResult",
            "Serialize",
            "Deserialize",
            "Option",
            "Vec",
            "Box",
            "String",
            "Result",
            "Some",
            "None",
            "Ok",
            "Err",
        ] {
            names.take_type(name);
        }
        Self { code: String::new(), names, defined: Vec::new(), made: Vec::new(), nulls }
    }

    pub(super) fn has_any(&self) -> bool {
        !self.code.is_empty()
    }

    pub(super) fn into_code(self) -> String {
        self.code
    }

    /// The type of a tool's arguments.
    pub(super) fn arguments(&mut self, schema: &Json, tool: &str) -> String {
        self.defined.clear();
        let name = self.names.take_type(&camel(&format!("{tool}_arguments")));
        self.structure(schema, schema, &name, &format!("The arguments of `{tool}`."));
        name
    }

    /// The type of a tool's result. A value that stands alone under `result` is that value.
    pub(super) fn result(&mut self, schema: &Json, tool: &str) -> String {
        self.defined.clear();
        let name = &*format!("{tool}_result");
        if let [(key, wrapped)] = schema["properties"].members()
            && key == "result"
        {
            let kind = self.of(schema, wrapped, name);
            // Any JSON may be the object itself.
            if !kind.contains(ANY) {
                return kind;
            }
        }
        self.of(schema, schema, name)
    }

    /// The type of a schema within a document.
    fn of(&mut self, root: &Json, schema: &Json, name: &str) -> String {
        if let Json::Text(reference) = &schema["$ref"] {
            return self.referred(root, reference, name);
        }
        let all = schema["allOf"].items();
        if let ([one], None) = (all, schema.get("type")) {
            return self.of(root, one, name);
        }
        for branches in [&schema["anyOf"], &schema["oneOf"]].map(Json::items) {
            let is_null = |branch: &&Json| branch["type"].text() == "null";
            let others: Vec<&Json> = branches.iter().filter(|branch| !is_null(branch)).collect();
            match others[..] {
                [] => {}
                [one] => {
                    let kind = self.of(root, one, name);
                    return if branches.len() > 1 { optional(kind) } else { kind };
                }
                _ => {
                    let kind = match Union::of(root, &others) {
                        Some(union) => {
                            let name = self.names.take_type(&camel(name));
                            self.union(root, &union, &name, schema["description"].text());
                            name
                        }
                        None => self.choice(&others, name),
                    };
                    return if branches.len() > others.len() && kind != ANY { optional(kind) } else { kind };
                }
            }
        }
        let kinds = match &schema["type"] {
            Json::List(kinds) => kinds.iter().map(Json::text).collect(),
            one => vec![one.text()],
        };
        let others: Vec<&str> = kinds.iter().copied().filter(|kind| *kind != "null").collect();
        let [kind] = others[..] else { return ANY.to_owned() };
        let made = match kind {
            "string" | "" if !schema["enum"].items().is_empty() => {
                self.choice(&schema["enum"].items().iter().filter(|value| !value.is_null()).collect::<Vec<_>>(), name)
            }
            "string" => "String".to_owned(),
            "integer" if schema["minimum"].whole().is_some() => "u64".to_owned(),
            "integer" => "i64".to_owned(),
            "number" => "f64".to_owned(),
            "boolean" => "bool".to_owned(),
            "array" if schema.get("prefixItems").is_none() && schema["items"] != Json::Null => {
                format!("Vec<{}>", self.of(root, &schema["items"], &format!("{name}_item")))
            }
            "object" if !schema["properties"].members().is_empty() => {
                let name = self.names.take_type(&camel(name));
                self.structure(root, schema, &name, UNDESCRIBED);
                name
            }
            "object" if matches!(schema["additionalProperties"], Json::Object(_)) => {
                let value = self.of(root, &schema["additionalProperties"], &format!("{name}_value"));
                format!("std::collections::BTreeMap<String, {value}>")
            }
            _ => return ANY.to_owned(),
        };
        if others.len() < kinds.len() { optional(made) } else { made }
    }

    /// What a reference leads to, once for each.
    pub(super) fn referred(&mut self, root: &Json, reference: &str, name: &str) -> String {
        match self.defined.iter().find(|(known, _)| known == reference).map(|(_, definition)| definition.clone()) {
            Some(Definition::Made(kind)) => return kind,
            Some(Definition::Begun(Some(kind))) => return format!("Box<{kind}>"),
            Some(Definition::Begun(None)) => return ANY.to_owned(),
            None => {}
        }
        let Some(target) = target(root, reference) else { return ANY.to_owned() };
        let own = reference.rsplit('/').next().filter(|own| !own.is_empty()).unwrap_or(name);
        let at = self.defined.len();
        let whole = whole(root, reference);
        if let Some(made) = self.made.iter().find(|made| made.name == own && made.is(&whole)) {
            self.defined.push((reference.to_owned(), Definition::Made(made.kind.clone())));
            return made.kind.clone();
        }
        let is_structure = target["type"].text() == "object" && !target["properties"].members().is_empty();
        let branches = [&target["oneOf"], &target["anyOf"]].into_iter().flat_map(Json::items).collect::<Vec<_>>();
        let union = Union::of(root, &branches);
        let kind = if is_structure || union.is_some() {
            let kind = self.names.take_type(&camel(own));
            self.defined.push((reference.to_owned(), Definition::Begun(Some(kind.clone()))));
            match union {
                Some(union) => self.union(root, &union, &kind, target["description"].text()),
                None => self.structure(root, target, &kind, UNDESCRIBED),
            }
            kind
        } else {
            self.defined.push((reference.to_owned(), Definition::Begun(None)));
            self.of(root, target, own)
        };
        self.defined[at].1 = Definition::Made(kind.clone());
        let whole = whole.into_iter().map(|(reference, schema)| (reference.to_owned(), schema.clone())).collect();
        self.made.push(Made { name: own.to_owned(), whole, kind: kind.clone() });
        kind
    }

    /// A struct with the properties of an object, and what is said of it where its schema says nothing.
    fn structure(&mut self, root: &Json, schema: &Json, name: &str, otherwise: &str) {
        let (fields, has_default) = self.fields(root, schema, name, None);
        let mut code = "\n".to_owned();
        doc(&mut code, "", some(schema["description"].text(), otherwise));
        let derived = if has_default { DERIVED_DEFAULT } else { DERIVED };
        let _ = writeln!(code, "{derived}pub struct {name} {{\n{fields}}}");
        self.code += &code;
    }

    /// The fields of a struct; of a variant, those beside its `tag`. Also whether all of them have a default.
    pub(super) fn fields(&mut self, root: &Json, schema: &Json, name: &str, tag: Option<&str>) -> (String, bool) {
        let required = schema["required"].items();
        let (indent, public) = if tag.is_some() { ("        ", "") } else { ("    ", "pub ") };
        let mut has_default = true;
        let (mut fields, mut names) = (String::new(), Names::default());
        for (key, property) in schema["properties"].members().iter().filter(|(key, _)| Some(&**key) != tag) {
            let field = names.take(&snake(key));
            let plain = field.trim_start_matches("r#");
            let kind = self.of(root, property, &format!("{name}_{key}"));
            doc(&mut fields, indent, some(property["description"].text(), "A member without a description."));
            if plain != key {
                let _ = writeln!(fields, "{indent}#[serde(rename = {})]", quoted(key));
            }
            let kind = if required.iter().any(|one| one.text() == key) {
                has_default &= kind.starts_with("Option<");
                kind
            } else {
                let _ = write!(fields, "{indent}#[serde(default, skip_serializing_if = \"Option::is_none\"");
                // The schema is the same where `null` says no more than to leave it out.
                let is_told = kind.starts_with("Option<") && self.nulls.has(format!("{name}.{plain}"));
                fields += if is_told { ", deserialize_with = \"null_or\")]\n" } else { ")]\n" };
                if is_told { format!("Option<{kind}>") } else { optional(kind) }
            };
            let _ = writeln!(fields, "{indent}{public}{field}: {kind},");
        }
        (fields, has_default)
    }

    /// An enum of texts: values, or schemas that have them.
    fn choice(&mut self, of: &[&Json], name: &str) -> String {
        let mut values: Vec<(&str, &str)> = Vec::new();
        for one in of {
            match one {
                Json::Text(text) => values.push((text, "")),
                _ => match (&one["const"], one["enum"].items()) {
                    (Json::Text(text), _) => values.push((text, one["description"].text())),
                    (Json::Null, several @ [_, ..]) if several.iter().all(|one| matches!(one, Json::Text(_))) => {
                        values.extend(several.iter().map(|one| (one.text(), "")));
                    }
                    _ => return ANY.to_owned(),
                },
            }
        }
        let name = self.names.take_type(&camel(name));
        let (mut variants, mut names) = (String::new(), Names::default());
        for (value, about) in values {
            let variant = names.take_type(&camel(value));
            doc(&mut variants, "    ", some(about, &format!("The text {}.", quoted(value))));
            let _ = writeln!(variants, "    #[serde(rename = {})]\n    {variant},", quoted(value));
        }
        let _ = write!(self.code, "\n/// One of several texts.\n{DERIVED}pub enum {name} {{\n{variants}}}\n");
        name
    }
}

impl Made {
    /// Whether it is the same as this one.
    fn is(&self, whole: &[(&str, &Json)]) -> bool {
        self.whole.iter().map(|(reference, schema)| (&**reference, schema)).eq(whole.iter().copied())
    }
}

/// What a reference leads to.
pub(super) fn target<'a>(root: &'a Json, reference: &str) -> Option<&'a Json> {
    let names = reference.strip_prefix('#')?.split('/').skip(1);
    let target = names.map(|name| name.replace("~1", "/").replace("~0", "~")).fold(root, |at, name| &at[&*name]);
    (!target.is_null()).then_some(target)
}

/// A definition, and those that it refers to, in the order in which they are found.
fn whole<'a>(root: &'a Json, reference: &'a str) -> Vec<(&'a str, &'a Json)> {
    let (mut whole, mut open): (Vec<(&str, &Json)>, _) = (Vec::new(), vec![reference]);
    while let Some(reference) = open.pop() {
        if whole.iter().any(|(known, _)| *known == reference) {
            continue;
        }
        if let Some(target) = target(root, reference) {
            whole.push((reference, target));
            references(target, &mut open);
        }
    }
    whole
}

/// The references within a schema.
fn references<'a>(schema: &'a Json, found: &mut Vec<&'a str>) {
    schema.items().iter().for_each(|item| references(item, found));
    for (name, value) in schema.members() {
        match value {
            Json::Text(reference) if name == "$ref" => found.push(reference),
            _ => references(value, found),
        }
    }
}

pub(super) fn some<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.trim().is_empty() { otherwise } else { text }
}

fn optional(kind: String) -> String {
    if kind.starts_with("Option<") { kind } else { format!("Option<{kind}>") }
}
