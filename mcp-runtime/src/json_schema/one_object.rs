//! The arguments of a tool as one object.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::{Map, Value, json};

use super::portable::any_of;

/// Keywords that the APIs of models refuse at the root of a tool's arguments.
const REFUSED: [&str; 11] =
    ["oneOf", "anyOf", "allOf", "not", "if", "then", "else", "enum", "const", "$ref", "unevaluatedProperties"];

/// Describes all forms that an object may have as one: it has the properties of all of them, and requires what all of them
/// require. What each form needs is told in the description. It admits all that the schema admits, and more, but for members
/// that the form at hand ignores: they are what another form says of them. What comes is held to the type.
pub(crate) fn one_object(mut schema: Map<String, Value>) -> Map<String, Value> {
    schema.insert("type".to_owned(), "object".into());
    if REFUSED.iter().any(|keyword| schema.contains_key(*keyword)) {
        let definitions = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
        let form = Form::of(&schema, &definitions, &mut Vec::new());
        REFUSED.iter().for_each(|keyword| drop(schema.remove(*keyword)));
        form.write(&mut schema);
    }
    schema.entry("properties").or_insert_with(|| json!({}));
    schema
}

/// Whether any object fits a schema.
pub(crate) fn admits_objects(schema: &Map<String, Value>) -> bool {
    let definitions = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    may_be_object(schema, &definitions, &mut Vec::new())
}

/// What objects of a schema have.
#[derive(Default)]
struct Form {
    /// What each property may be, as far as it is known.
    properties: Schemas,
    /// The same for properties whose names keep to a pattern.
    patterns: Schemas,
    required: BTreeSet<String>,
    others: Others,
    description: Option<String>,
    /// What is told of forms that are made one in this one.
    told: Vec<String>,
}

/// Schemas by name; each name may have several.
type Schemas = Vec<(String, Vec<Value>)>;

/// The properties that a form does not name.
#[derive(Clone, Default, PartialEq)]
enum Others {
    /// They mean nothing.
    #[default]
    Ignored,
    Refused,
    /// They are what a flattened map holds.
    Are(Vec<Value>),
}

impl Form {
    /// What objects of this schema have, whichever of its alternatives they fit. Nothing refers to a schema within itself
    /// forever: what is being looked at is in `seen`.
    fn of(schema: &Map<String, Value>, definitions: &Map<String, Value>, seen: &mut Vec<String>) -> Self {
        let schemas = |keyword| members(schema, keyword).map(|(name, one)| (name.clone(), vec![one.clone()])).collect();
        let others = schema.get("additionalProperties").or_else(|| schema.get("unevaluatedProperties"));
        let mut form = Self {
            properties: schemas("properties"),
            patterns: schemas("patternProperties"),
            required: required(schema),
            others: match others {
                None => Others::Ignored,
                Some(Value::Bool(false)) => Others::Refused,
                Some(others) => Others::Are(vec![others.clone()]),
            },
            description: schema.get("description").and_then(Value::as_str).map(str::to_owned),
            told: Vec::new(),
        };
        if let Some((reference, referred)) = referred(schema, definitions, seen) {
            seen.push(reference);
            form.and(Self::of(referred, definitions, seen));
            seen.pop();
        }
        for part in list(schema, "allOf") {
            form.and(Self::of(part, definitions, seen));
        }
        for keyword in ["oneOf", "anyOf"] {
            let alternatives = alternatives(schema, keyword, definitions, seen);
            let alternatives = alternatives.iter().map(|(one, seen)| Self::of(one, definitions, &mut seen.clone()));
            if let Some(either) = Self::either(alternatives.collect()) {
                form.and(either);
            }
        }
        form
    }

    /// Objects that are of both forms. One that is closed knows the other's properties from here on.
    fn and(&mut self, other: Self) {
        add_all(&mut self.properties, other.properties);
        add_all(&mut self.patterns, other.patterns);
        self.required.extend(other.required);
        self.others = match (std::mem::take(&mut self.others), other.others) {
            (Others::Are(mut some), Others::Are(more)) => {
                some.extend(more);
                Others::Are(some)
            }
            (Others::Are(some), _) | (_, Others::Are(some)) => Others::Are(some),
            (Others::Refused, _) | (_, Others::Refused) => Others::Refused,
            (Others::Ignored, Others::Ignored) => Others::Ignored,
        };
        self.description = self.description.take().or(other.description);
        self.told.extend(other.told);
    }

    /// Objects that are of one of these forms; `None` if there is none.
    fn either(mut forms: Vec<Self>) -> Option<Self> {
        if forms.len() < 2 {
            return forms.pop();
        }
        let lines: Vec<String> = forms.iter().map(line).collect();
        let mut all = Self { told: vec![format!("One of these forms:\n{}", lines.join("\n"))], ..Self::default() };
        all.required = forms[0]
            .required
            .iter()
            .filter(|name| forms.iter().all(|one| one.required.contains(*name)))
            .cloned()
            .collect();
        all.others = if forms.iter().any(|one| one.others == Others::Ignored) {
            Others::Ignored
        } else {
            let maps = forms.iter().filter_map(|one| one.others.schemas());
            let values: Vec<Value> = maps.flatten().cloned().collect();
            if values.is_empty() { Others::Refused } else { Others::Are(values) }
        };
        let maps: Vec<(usize, Vec<Value>)> =
            forms.iter().enumerate().filter_map(|(at, one)| Some((at, one.others.schemas()?.to_vec()))).collect();
        let names: Vec<BTreeSet<String>> =
            forms.iter().map(|one| one.properties.iter().map(|(name, _)| name.clone()).collect()).collect();
        for form in forms {
            add_all(&mut all.properties, form.properties);
            add_all(&mut all.patterns, form.patterns);
        }
        // What one form names may be a value of the map in another.
        for (name, schemas) in &mut all.properties {
            let elsewhere = maps.iter().filter(|(at, _)| !names[*at].contains(name.as_str()));
            schemas.extend(elsewhere.flat_map(|(_, values)| values.clone()));
        }
        Some(all)
    }

    /// Writes the form into a schema.
    fn write(self, schema: &mut Map<String, Value>) {
        let joined_all = |schemas: Schemas| -> Map<String, Value> {
            schemas.into_iter().map(|(name, schemas)| (name, joined(schemas))).collect()
        };
        let mut set = |keyword: &str, value: Option<Value>| {
            match value {
                Some(value) => schema.insert(keyword.to_owned(), value),
                None => schema.remove(keyword),
            };
        };
        set("properties", Some(Value::Object(joined_all(self.properties))));
        let patterns = joined_all(self.patterns);
        set("patternProperties", (!patterns.is_empty()).then_some(Value::Object(patterns)));
        set("required", (!self.required.is_empty()).then(|| self.required.into_iter().collect()));
        set(
            "additionalProperties",
            match self.others {
                Others::Ignored => None,
                Others::Refused => Some(false.into()),
                Others::Are(values) => Some(any_of(values)),
            },
        );
        let told: Vec<String> = self.description.into_iter().chain(self.told).collect();
        set("description", (!told.is_empty()).then(|| told.join("\n\n").into()));
    }
}

impl Others {
    fn schemas(&self) -> Option<&[Value]> {
        match self {
            Self::Are(schemas) => Some(schemas),
            Self::Ignored | Self::Refused => None,
        }
    }
}

fn add_all(to: &mut Schemas, schemas: Schemas) {
    for (name, schemas) in schemas {
        match to.iter_mut().find(|(other, _)| *other == name) {
            Some((_, known)) => known.extend(schemas),
            None => to.push((name, schemas)),
        }
    }
}

/// The alternatives of a schema that objects may fit, each with what was looked at on the way to it. Alternatives of an
/// alternative that is nothing else are alternatives too: an enum of enums, an `Option` of one.
fn alternatives<'a>(
    schema: &'a Map<String, Value>,
    keyword: &str,
    definitions: &'a Map<String, Value>,
    seen: &[String],
) -> Vec<(&'a Map<String, Value>, Vec<String>)> {
    let mut found = Vec::new();
    for one in list(schema, keyword).filter(|one| may_be_object(one, definitions, &mut Vec::new())) {
        let (mut target, mut seen) = (one, seen.to_vec());
        while target.len() == 1
            && let Some((reference, referred)) = referred(target, definitions, &seen)
        {
            seen.push(reference);
            target = referred;
        }
        let only = |keyword: &str| {
            target.contains_key(keyword) && target.keys().all(|one| one == keyword || one == "description")
        };
        match ["oneOf", "anyOf"].into_iter().find(|keyword| only(keyword)) {
            Some(keyword) => found.extend(alternatives(target, keyword, definitions, &seen)),
            None => found.push((target, seen)),
        }
    }
    found
}

/// One schema for a property that several forms have. Words that tell forms apart become one list of words.
fn joined(schemas: Vec<Value>) -> Value {
    let words = |schema: &Value| match (schema.get("const"), schema.get("enum").and_then(Value::as_array)) {
        (Some(word @ Value::String(_)), _) => Some(vec![word.clone()]),
        (None, Some(words)) if words.iter().all(Value::is_string) => Some(words.clone()),
        _ => None,
    };
    let lists: Option<Vec<Vec<Value>>> = schemas.iter().map(words).collect();
    match lists {
        Some(lists) if schemas.len() > 1 => {
            let mut all: Vec<Value> = Vec::new();
            for word in lists.into_iter().flatten() {
                if !all.contains(&word) {
                    all.push(word);
                }
            }
            json!({ "type": "string", "enum": all })
        }
        _ => any_of(schemas),
    }
}

/// Tells people and models what a form needs.
fn line(form: &Form) -> String {
    let word = |schemas: &[Value]| match schemas {
        [one] => one.get("const").filter(|word| word.is_string()).cloned(),
        _ => None,
    };
    let (mut tags, mut needed, mut optional) = (Vec::new(), Vec::new(), Vec::new());
    for (name, schemas) in &form.properties {
        match word(schemas) {
            Some(word) => tags.push(format!("`{name}` is {word}")),
            None if form.required.contains(name) => needed.push(format!("`{name}`")),
            None => optional.push(format!("`{name}`")),
        }
    }
    let mut parts = tags;
    let is_listed = |name: &&String| form.properties.iter().any(|(listed, _)| listed == *name);
    needed.extend(form.required.iter().filter(|name| !is_listed(name)).map(|name| format!("`{name}`")));
    if !needed.is_empty() {
        parts.push(format!("needs {}", needed.join(", ")));
    }
    if !optional.is_empty() {
        parts.push(format!("may have {}", optional.join(", ")));
    }
    let about = if parts.is_empty() { "an empty object".to_owned() } else { parts.join("; ") };
    let text = form.description.as_deref().unwrap_or_default().lines().next().filter(|text| !text.is_empty());
    let mut line = text.map_or_else(|| format!("- {about}"), |text| format!("- {about}. {text}"));
    for told in &form.told {
        line.push_str(&format!("\n{told}").replace('\n', "\n  "));
    }
    line
}

/// The definition that a schema refers to, with its reference; none that is being looked at already.
fn referred<'a>(
    schema: &Map<String, Value>,
    definitions: &'a Map<String, Value>,
    seen: &[String],
) -> Option<(String, &'a Map<String, Value>)> {
    let reference = schema.get("$ref")?.as_str()?;
    let referred = definition(reference, definitions)?;
    (!seen.iter().any(|one| one == reference)).then(|| (reference.to_owned(), referred))
}

fn definition<'a>(reference: &str, definitions: &'a Map<String, Value>) -> Option<&'a Map<String, Value>> {
    let name = reference.strip_prefix("#/$defs/")?;
    // A name stands in a reference as in a JSON pointer in a URI: with escapes of both.
    let is_it = |other: &str| other == name || pointer_token(other) == name;
    definitions.iter().find(|(other, _)| is_it(other))?.1.as_object()
}

/// How schemars writes the name of a definition in a reference.
fn pointer_token(name: &str) -> String {
    let mut token = String::new();
    for c in name.chars() {
        match c {
            '~' => token.push_str("~0"),
            '/' => token.push_str("~1"),
            c if c.is_ascii_alphanumeric() || "-._!$&'()*+,;=:@".contains(c) => token.push(c),
            c => c.to_string().bytes().for_each(|byte| token.push_str(&format!("%{byte:02X}"))),
        }
    }
    token
}

fn may_be_object(schema: &Map<String, Value>, definitions: &Map<String, Value>, seen: &mut Vec<String>) -> bool {
    let own = match schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        // A word is none, of whatever type it does not say to be.
        _ => !["enum", "const"].iter().any(|keyword| schema.contains_key(*keyword)),
    };
    if !own || schema.get("not").is_some_and(|not| *not == json!({}) || *not == true) {
        return false;
    }
    let mut fits = true;
    if let Some((reference, referred)) = referred(schema, definitions, seen) {
        seen.push(reference);
        fits = may_be_object(referred, definitions, seen);
        seen.pop();
    }
    fits = fits && list(schema, "allOf").all(|part| may_be_object(part, definitions, seen));
    fits && ["oneOf", "anyOf"]
        .into_iter()
        .filter(|keyword| schema.contains_key(*keyword))
        .all(|keyword| list(schema, keyword).any(|one| may_be_object(one, definitions, seen)))
}

fn required(schema: &Map<String, Value>) -> BTreeSet<String> {
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn members<'a>(schema: &'a Map<String, Value>, keyword: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    schema.get(keyword).and_then(Value::as_object).into_iter().flatten()
}

fn list<'a>(schema: &'a Map<String, Value>, keyword: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    static ANYTHING: LazyLock<Map<String, Value>> = LazyLock::new(Map::new);
    let list = schema.get(keyword).and_then(Value::as_array).into_iter().flatten();
    // `true` says what `{}` says, and nothing fits `false`.
    list.filter_map(|one| if *one == true { Some(&*ANYTHING) } else { one.as_object() })
}

#[cfg(test)]
mod tests;
