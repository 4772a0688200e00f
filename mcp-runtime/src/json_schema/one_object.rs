//! The arguments of a tool as one object.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::portable::any_of;

/// Keywords that the APIs of models refuse at the root of a tool's arguments.
const REFUSED: [&str; 11] =
    ["oneOf", "anyOf", "allOf", "not", "if", "then", "else", "enum", "const", "$ref", "unevaluatedProperties"];

/// Describes all forms that an object may have as one: it has the properties of all of them, and requires what all of them
/// require. What each form needs is told in the description. It admits all that the schema admits, and more; what comes is
/// held to the type.
pub(crate) fn one_object(mut schema: Map<String, Value>) -> Map<String, Value> {
    schema.insert("type".to_owned(), "object".into());
    if REFUSED.iter().any(|keyword| schema.contains_key(*keyword)) {
        let definitions = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
        let forms = forms(&schema, &definitions, &mut Vec::new());
        let all = Form::of(&schema, &definitions, &mut Vec::new());
        REFUSED.iter().for_each(|keyword| drop(schema.remove(*keyword)));
        let properties = all.properties.into_iter().map(|(name, schemas)| (name, joined(schemas)));
        schema.insert("properties".to_owned(), Value::Object(properties.collect()));
        schema.remove("required");
        if !all.required.is_empty() {
            schema.insert("required".to_owned(), all.required.into_iter().collect());
        }
        if all.is_closed {
            schema.insert("additionalProperties".to_owned(), false.into());
        } else {
            schema.remove("additionalProperties");
        }
        if let Some(told) = told(&forms) {
            let before = schema.get("description").and_then(Value::as_str);
            let description = before.map_or_else(|| told.clone(), |before| format!("{before}\n\n{told}"));
            schema.insert("description".to_owned(), description.into());
        }
    }
    schema.entry("properties").or_insert_with(|| json!({}));
    schema
}

/// What objects of a schema have.
#[derive(Default)]
struct Form {
    /// What each property may be, as far as it is known.
    properties: Vec<(String, Vec<Value>)>,
    required: BTreeSet<String>,
    /// Whether nothing else may be there.
    is_closed: bool,
}

impl Form {
    /// What objects of this schema have, whichever of its alternatives they fit. Nothing refers to a schema within itself
    /// forever: what is being looked at is in `seen`.
    fn of(schema: &Map<String, Value>, definitions: &Map<String, Value>, seen: &mut Vec<String>) -> Self {
        let mut form = Self::default();
        for (name, property) in members(schema, "properties") {
            form.add(name, property.clone());
        }
        form.required = required(schema);
        form.is_closed = is_false(schema, "additionalProperties") || is_false(schema, "unevaluatedProperties");
        if let Some((reference, referred)) = referred(schema, definitions, seen) {
            seen.push(reference);
            form.and(Self::of(referred, definitions, seen));
            seen.pop();
        }
        for part in list(schema, "allOf") {
            form.and(Self::of(part, definitions, seen));
        }
        for keyword in ["oneOf", "anyOf"] {
            let alternatives = list(schema, keyword).filter(|schema| may_be_object(schema, definitions));
            let alternatives: Vec<Self> = alternatives.map(|one| Self::of(one, definitions, seen)).collect();
            if let Some(either) = alternatives.into_iter().reduce(Self::or) {
                form.and(either);
            }
        }
        form
    }

    fn add(&mut self, name: &str, schema: Value) {
        match self.properties.iter_mut().find(|(other, _)| other == name) {
            Some((_, schemas)) => schemas.push(schema),
            None => self.properties.push((name.to_owned(), vec![schema])),
        }
    }

    fn add_all(&mut self, other: Vec<(String, Vec<Value>)>) {
        other.into_iter().for_each(|(name, schemas)| schemas.into_iter().for_each(|schema| self.add(&name, schema)));
    }

    /// Objects that are of both forms. One that is closed knows the other's properties from here on.
    fn and(&mut self, other: Self) {
        self.add_all(other.properties);
        self.required.extend(other.required);
        self.is_closed |= other.is_closed;
    }

    /// Objects that are of one of both forms.
    fn or(mut self, other: Self) -> Self {
        self.add_all(other.properties);
        self.required.retain(|name| other.required.contains(name));
        self.is_closed &= other.is_closed;
        self
    }
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

/// The alternatives of a schema, each as an object that has all that objects of it have; alternatives of alternatives are
/// not told apart.
fn forms(schema: &Map<String, Value>, definitions: &Map<String, Value>, seen: &mut Vec<String>) -> Vec<Alternative> {
    if let Some((reference, referred)) = referred(schema, definitions, seen) {
        seen.push(reference);
        let forms = forms(referred, definitions, seen);
        seen.pop();
        return forms;
    }
    let alternatives = list(schema, "oneOf").chain(list(schema, "anyOf"));
    let alternatives = alternatives.filter(|one| may_be_object(one, definitions));
    alternatives
        .map(|one| {
            let form = Form::of(one, definitions, &mut Vec::new());
            let text = one.get("description").and_then(Value::as_str).unwrap_or_default();
            Alternative { form, description: text.to_owned() }
        })
        .collect()
}

struct Alternative {
    form: Form,
    description: String,
}

/// Tells people and models what each form needs.
fn told(forms: &[Alternative]) -> Option<String> {
    if forms.len() < 2 {
        return None;
    }
    let lines: Vec<String> = forms.iter().map(line).collect();
    Some(format!("One of these forms:\n{}", lines.join("\n")))
}

fn line(Alternative { form, description }: &Alternative) -> String {
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
    if !needed.is_empty() {
        parts.push(format!("needs {}", needed.join(", ")));
    }
    if !optional.is_empty() {
        parts.push(format!("may have {}", optional.join(", ")));
    }
    let about = if parts.is_empty() { "an empty object".to_owned() } else { parts.join("; ") };
    match description.lines().next().filter(|text| !text.is_empty()) {
        Some(text) => format!("- {about}. {text}"),
        None => format!("- {about}"),
    }
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

fn may_be_object(schema: &Map<String, Value>, definitions: &Map<String, Value>) -> bool {
    let kind = |schema: &Map<String, Value>| match schema.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        // A word is none, of whatever type it does not say to be.
        _ => !["enum", "const"].iter().any(|keyword| schema.contains_key(*keyword)),
    };
    let referred = schema.get("$ref").and_then(Value::as_str).and_then(|one| definition(one, definitions));
    kind(schema) && referred.is_none_or(kind)
}

fn required(schema: &Map<String, Value>) -> BTreeSet<String> {
    let names = schema.get("required").and_then(Value::as_array).into_iter().flatten();
    names.filter_map(Value::as_str).map(str::to_owned).collect()
}

fn is_false(schema: &Map<String, Value>, keyword: &str) -> bool {
    schema.get(keyword) == Some(&Value::Bool(false))
}

fn members<'a>(schema: &'a Map<String, Value>, keyword: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    schema.get(keyword).and_then(Value::as_object).into_iter().flatten()
}

fn list<'a>(schema: &'a Map<String, Value>, keyword: &str) -> impl Iterator<Item = &'a Map<String, Value>> {
    schema.get(keyword).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_object)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(before: Value, after: Value) {
        let Value::Object(schema) = before else { unreachable!("a schema") };
        assert_eq!(Value::Object(one_object(schema)), after);
    }

    #[test]
    fn forms_that_a_word_tells_apart_become_one_object() {
        check(
            json!({ "oneOf": [
                { "type": "object", "description": "Opens a file.\nMore.", "required": ["action", "path"],
                  "properties": { "action": { "type": "string", "const": "open" }, "path": { "type": "string" } } },
                { "type": "object", "required": ["action"],
                  "properties": { "action": { "type": "string", "const": "close" }, "force": { "type": "boolean" } } },
            ] }),
            json!({
                "type": "object",
                "properties": {
                    "action": { "type": "string", "enum": ["open", "close"] },
                    "force": { "type": "boolean" },
                    "path": { "type": "string" },
                },
                "required": ["action"],
                "description": "One of these forms:\n\
                    - `action` is \"open\"; needs `path`. Opens a file.\n\
                    - `action` is \"close\"; may have `force`",
            }),
        );
    }

    #[test]
    fn forms_that_their_members_tell_apart_keep_what_each_may_be() {
        check(
            json!({ "anyOf": [{ "$ref": "#/$defs/A" }, { "$ref": "#/$defs/B" }, { "type": "string", "const": "None" }],
                "$defs": {
                    "A": { "type": "object", "properties": { "x": { "type": "integer" } }, "required": ["x"],
                           "additionalProperties": false },
                    "B": { "type": "object", "properties": { "x": { "type": "string" } }, "required": ["x"],
                           "additionalProperties": false },
                } }),
            json!({
                "type": "object",
                "properties": { "x": { "anyOf": [{ "type": "integer" }, { "type": "string" }] } },
                "required": ["x"],
                "additionalProperties": false,
                "description": "One of these forms:\n- needs `x`\n- needs `x`",
                "$defs": {
                    "A": { "type": "object", "properties": { "x": { "type": "integer" } }, "required": ["x"],
                           "additionalProperties": false },
                    "B": { "type": "object", "properties": { "x": { "type": "string" } }, "required": ["x"],
                           "additionalProperties": false },
                },
            }),
        );
    }

    #[test]
    fn members_beside_the_alternatives_stay_as_they_are() {
        check(
            json!({ "type": "object", "description": "A request.", "properties": { "id": {} }, "required": ["id"],
                "oneOf": [{ "type": "object", "properties": { "a": {} }, "required": ["a"] }, { "type": "object" }],
                "unevaluatedProperties": false }),
            json!({ "type": "object", "properties": { "id": {}, "a": {} }, "required": ["id"],
                "additionalProperties": false,
                "description": "A request.\n\nOne of these forms:\n- needs `a`\n- an empty object" }),
        );
    }

    #[test]
    fn an_object_without_alternatives_is_left_alone() {
        check(json!({ "type": "object" }), json!({ "type": "object", "properties": {} }));
        let schema = json!({ "type": "object", "properties": { "a": { "oneOf": [] } }, "additionalProperties": {} });
        check(schema.clone(), schema);
    }

    #[test]
    fn a_type_that_holds_itself_comes_to_an_end() {
        check(
            json!({ "$ref": "#/$defs/A", "$defs": { "A": { "type": "object", "anyOf": [{ "$ref": "#/$defs/A" }] } } }),
            json!({ "type": "object", "properties": {},
                "$defs": { "A": { "type": "object", "anyOf": [{ "$ref": "#/$defs/A" }] } } }),
        );
    }
}
