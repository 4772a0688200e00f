//! From schemas to types.

use std::fmt::Write as _;

use super::super::super::json::Json;
use super::names::{Names, camel, doc, quoted, snake};

const UNDESCRIBED: &str = "An object without a description.";

/// Any JSON: what has no simpler type.
const ANY: &str = "mcp_runtime::serde_json::Value";

const DERIVED: &str =
    "#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]\n#[serde(crate = \"mcp_runtime::serde\")]\n";

/// The same, for structs whose fields may all be left out.
const DERIVED_DEFAULT: &str =
    "#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]\n#[serde(crate = \"mcp_runtime::serde\")]\n";

/// The types that were made so far.
pub(super) struct Types {
    code: String,
    names: Names,
    /// Definitions of the schema that is being read: what leads to them, and their types.
    defined: Vec<(String, Definition)>,
    /// Definitions of all schemas so far. One that several schemas have is one type.
    made: Vec<Made>,
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

impl Types {
    pub(super) fn new() -> Self {
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
        Self { code: String::new(), names, defined: Vec::new(), made: Vec::new() }
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
                _ => return self.choice(&others, name),
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
    fn referred(&mut self, root: &Json, reference: &str, name: &str) -> String {
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
        let kind = if is_structure {
            let kind = self.names.take_type(&camel(own));
            self.defined.push((reference.to_owned(), Definition::Begun(Some(kind.clone()))));
            self.structure(root, target, &kind, UNDESCRIBED);
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
        let required = schema["required"].items();
        let mut has_default = true;
        let (mut fields, mut names) = (String::new(), Names::default());
        for (key, property) in schema["properties"].members() {
            let field = names.take(&snake(key));
            let kind = self.of(root, property, &format!("{name}_{key}"));
            doc(&mut fields, "    ", some(property["description"].text(), "A member without a description."));
            if field.trim_start_matches("r#") != key {
                let _ = writeln!(fields, "    #[serde(rename = {})]", quoted(key));
            }
            let kind = if required.iter().any(|one| one.text() == key) {
                has_default &= kind.starts_with("Option<");
                kind
            } else {
                fields += "    #[serde(default, skip_serializing_if = \"Option::is_none\")]\n";
                optional(kind)
            };
            let _ = writeln!(fields, "    pub {field}: {kind},");
        }
        let mut code = "\n".to_owned();
        doc(&mut code, "", some(schema["description"].text(), otherwise));
        let derived = if has_default { DERIVED_DEFAULT } else { DERIVED };
        let _ = writeln!(code, "{derived}pub struct {name} {{\n{fields}}}");
        self.code += &code;
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
fn target<'a>(root: &'a Json, reference: &str) -> Option<&'a Json> {
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

fn some<'a>(text: &'a str, otherwise: &'a str) -> &'a str {
    if text.trim().is_empty() { otherwise } else { text }
}

fn optional(kind: String) -> String {
    if kind.starts_with("Option<") { kind } else { format!("Option<{kind}>") }
}
