//! Input schemas: from parameters to JSON Schema 2020-12.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value};

use super::item::Mirrored;
use super::keywords;
use crate::args::{Param, Source};
use crate::call::OutputShape;
use crate::joined::joined;
use crate::json_schema::{
    admits_objects, into_object, is_argument_name, one_object, portable, root_schema, written_schema,
};
use crate::json_text::{self, members};
use crate::output::OutputSchema;

/// What writes the schema of a type.
pub(crate) type TypeSchema = fn(&mut SchemaGenerator) -> Value;

/// Where a tool's input schema comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Input {
    /// From the parameters.
    Params,
    /// From the one parameter that takes all arguments.
    Flat {
        /// Its type's schema.
        schema: TypeSchema,
        /// What writes it. A pointer: a server without such a tool is linked without it.
        write: fn(TypeSchema) -> Result<InputSchema, String>,
    },
    /// Written by hand.
    Text {
        text: fn() -> String,
        /// What makes it portable. A pointer, for the same reason.
        write: fn(&str) -> Result<InputSchema, String>,
    },
}

/// Where a tool's output schema comes from, if not from its return type.
#[derive(Clone, Copy, Debug)]
pub(crate) enum GivenOutput {
    /// From another type.
    Type(fn() -> OutputSchema),
    /// Written by hand. The pointer is there for the same reason as above.
    Text { text: fn() -> String, write: fn(&str) -> Result<String, String> },
}

impl GivenOutput {
    /// What is listed instead of the schema of what the tool returns.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn instead_of(self, returned: &OutputSchema) -> Result<OutputSchema, String> {
        let given = match self {
            Self::Type(schema) => schema(),
            Self::Text { text, write } => {
                OutputSchema { shape: OutputShape::Unchecked, schema: Some(write(&text())?), unknown: None }
            }
        };
        // What writes its result itself is not wrapped.
        if (returned.shape, given.shape) == (OutputShape::Text, OutputShape::Wrapped) {
            return Err("the type that `output` names must be an object, such as a struct".to_owned());
        }
        if given.shape != OutputShape::Wrapped {
            check_object(returned)?;
        }
        Ok(given)
    }
}

/// The schema of a tool's arguments, as JSON texts.
#[derive(Debug)]
pub(crate) struct InputSchema {
    /// What the parameters' types say, which calls are held to.
    pub(super) exact: String,
    /// What is listed: the same, in words that hosts and the APIs of models take.
    pub(super) listed: String,
}

impl Input {
    /// The schema of a tool with these parameters.
    ///
    /// # Errors
    /// What is wrong with it.
    pub(super) fn schema(self, params: &[Param]) -> Result<InputSchema, String> {
        match self {
            Self::Params => Ok(InputSchema { exact: of_params(params, false), listed: of_params(params, true) }),
            Self::Text { text, write } => write(&text()),
            Self::Flat { schema, write } => write(schema),
        }
    }
}

/// The schema of a tool that was written by hand.
///
/// # Errors
/// What is wrong with it.
pub(super) fn given(text: &str) -> Result<InputSchema, String> {
    let exact = by_hand("input", text)?;
    // Who writes a schema wants clients to have it as it is.
    let listed = rewritten(&exact, |mut schema| {
        schema.entry("properties").or_insert_with(|| Value::Object(Map::new()));
        schema
    });
    Ok(InputSchema { listed, exact })
}

/// The schema of a tool's result that was written by hand.
///
/// # Errors
/// What is wrong with it.
pub(super) fn given_output(text: &str) -> Result<String, String> {
    by_hand("output", text).map(|schema| portable_output(&schema))
}

/// Admits an object's schema in place of that of the type that the function returns.
///
/// # Errors
/// The type is not always an object: nothing would be sent under that schema.
fn check_object(returned: &OutputSchema) -> Result<(), String> {
    if returned.shape == OutputShape::Wrapped && !returned.schema.as_deref().is_some_and(wraps_anything) {
        return Err("its output schema is that of an object, and what it returns is not always one".to_owned());
    }
    Ok(())
}

/// Whether a schema that is wrapped says nothing of the value, like that of `serde_json::Value`.
fn wraps_anything(schema: &str) -> bool {
    let schema: Value = serde_json::from_str(schema).unwrap_or_default();
    match &schema["properties"]["result"] {
        Value::Bool(admits) => *admits,
        Value::Object(members) => members.keys().all(|key| matches!(&**key, "$schema" | "title" | "description")),
        _ => false,
    }
}

/// A schema that was written by hand: of a tool's `input` or `output`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn by_hand(which: &str, text: &str) -> Result<String, String> {
    let schema: Value =
        serde_json::from_str(text).map_err(|error| format!("its {which} schema is not JSON: {error}"))?;
    let faults = keywords::faults(&schema);
    if !faults.is_empty() {
        return Err(format!("its {which} schema is wrong: {}", faults.join("; ")));
    }
    // The text as it was written, but for white space: the order of its members is the author's.
    let text = minified(text);
    if schema.get("type").is_some_and(|kind| kind == "object") {
        return Ok(text);
    }
    // Enums have alternatives that are objects, and do not say so at the top.
    let has_forms = ["oneOf", "anyOf", "allOf", "$ref"].into_iter().any(|keyword| schema.get(keyword).is_some());
    let is_object = match schema {
        Value::Object(schema) if has_forms && !schema.contains_key("type") => admits_objects(&written_schema(schema)),
        _ => false,
    };
    match text.strip_prefix('{').filter(|_| is_object) {
        Some(members) => Ok(format!(r#"{{"type":"object",{members}"#)),
        None => Err(format!("its {which} schema must say `\"type\": \"object\"`")),
    }
}

/// The schema of arguments that was written by hand, in words that hosts and the APIs of models take.
pub(super) fn portable_input(text: &str) -> String {
    rewritten(text, |schema| {
        let mut schema = one_object(written_schema(schema));
        portable(&mut schema);
        schema
    })
}

/// The schema of a result that was written by hand, in such words.
pub(super) fn portable_output(text: &str) -> String {
    rewritten(text, |schema| {
        let mut schema = written_schema(schema);
        portable(&mut schema);
        schema
    })
}

/// A schema's text after a change. The order of its members is the author's, unless more is changed than that `properties`
/// are added, without which OpenAI's API refuses an object.
fn rewritten(text: &str, change: impl FnOnce(Map<String, Value>) -> Map<String, Value>) -> String {
    let Ok(Value::Object(mut before)) = serde_json::from_str(text) else { return text.to_owned() };
    let after = change(before.clone());
    if after == before {
        return text.to_owned();
    }
    before.entry("properties").or_insert_with(|| Value::Object(Map::new()));
    match text.strip_suffix('}').filter(|_| after == before) {
        // It says `type`, so there is a member before it.
        Some(members) => format!("{members},\"properties\":{{}}}}"),
        None => json_text::value(&Value::Object(after)),
    }
}

/// Notes arguments whose name the APIs of models refuse, and with it the whole request of the host.
///
/// # Errors
/// The first of them.
pub(super) fn check_names(schema: &str) -> Result<(), String> {
    let schema: Value = serde_json::from_str(schema).unwrap_or_default();
    let mut names = schema["properties"].as_object().into_iter().flat_map(Map::keys);
    match names.find(|name| !is_argument_name(name)) {
        None => Ok(()),
        Some(name) => Err(format!(
            "models' APIs refuse an argument named `{name}`: rename it to at most 64 of the characters A-Z a-z 0-9 _ . - \
             (`#[arg(rename = \"…\")]`, or `#[serde(rename = \"…\")]` on the field)"
        )),
    }
}

/// The schema of all arguments as one type.
///
/// # Errors
/// The type is not one of objects.
pub(super) fn flat(schema: TypeSchema) -> Result<InputSchema, String> {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let Value::Object(mut schema) = schema(&mut generator) else {
        return Err("its `flatten` parameter has no schema of an object".to_owned());
    };
    if !admits_objects(&schema) {
        return Err("its `flatten` parameter must be a struct, an enum of structs or a map".to_owned());
    }
    let mut listed = one_object(schema.clone());
    portable(&mut listed);
    // Tagged enums are objects in every alternative, and do not say so at the top.
    schema.insert("type".to_owned(), "object".into());
    Ok(InputSchema {
        exact: json_text::value(&Value::Object(schema)),
        listed: json_text::value(&Value::Object(listed)),
    })
}

/// The schema of a type that takes all arguments.
pub(crate) fn flat_schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    Value::Object(root_schema::<T>(generator.settings().clone().into_generator()))
}

/// The schema of values that come as text, as a tool with these parameters has it: of a prompt, of a template.
#[cfg(feature = "cli")]
pub(crate) fn of_texts(params: &[Param]) -> String {
    of_params(params, false)
}

/// Written member by member, to keep the parameters in the order of the signature: a `serde_json::Map` sorts.
fn of_params(params: &[Param], is_listed: bool) -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let finish = |mut schema: Map<String, Value>| {
        if is_listed {
            portable(&mut schema);
        }
        json_text::value(&Value::Object(schema))
    };
    let member = |param: &Param| {
        let schema = property(param, &mut generator);
        format!("{}:{}", json_text::string(param.name), finish(schema))
    };
    let properties = joined(",", &mut params.iter().map(member));
    // The APIs of some models refuse an object that says nothing of its properties, so they are there, even if empty.
    let mut text = format!(r#"{{"type":"object","properties":{{{properties}}}"#);
    let required = params.iter().filter(|param| !param.may_be_missing());
    let required = joined(",", &mut required.map(|param| json_text::string(param.name)));
    if !required.is_empty() {
        text.push_str(&format!(r#","required":[{required}]"#));
    }
    text.push_str(r#","additionalProperties":false"#);
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        let mut definitions = definitions.into_iter().map(|(name, schema)| {
            // A definition may be a bare boolean: the one of a type that holds any JSON.
            let schema = Schema::try_from(schema).map(into_object).unwrap_or_default();
            format!("{}:{}", json_text::string(&name), finish(schema))
        });
        text.push_str(&format!(r#","$defs":{{{}}}"#, joined(",", &mut definitions)));
    }
    text.push('}');
    text
}

fn property(param: &Param, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut schema = match param.source {
        Source::Json { schema, .. } => into_object(schema(generator)),
        #[cfg(feature = "cli")]
        Source::Text { fault, .. } => crate::args::text_schema(fault),
        // A tool has none of these.
        #[cfg(not(feature = "cli"))]
        Source::Text { .. } => Map::new(),
    };
    if !param.docs.is_empty() {
        schema.insert("description".to_owned(), param.docs.into());
    }
    for constraint in param.constraints() {
        constraint.apply(&mut schema);
    }
    // A number that JSON cannot express is written as `null`, which the schema does not admit.
    let is_never_null = schema.get("type").is_some_and(|kind| kind.is_string() && kind != "null");
    let is_admitted = |value: &Value| !(is_never_null && value.is_null());
    if let Some(default) = param.default.and_then(|default| default.value()).filter(is_admitted) {
        schema.insert("default".to_owned(), default);
    }
    if let Some(example) = param.example.and_then(|example| example.value()).filter(is_admitted) {
        schema.insert("examples".to_owned(), Value::Array(vec![example]));
    }
    if let Some(header) = param.header {
        schema.insert("x-mcp-header".to_owned(), header.into());
    }
    schema
}

/// The arguments that HTTP headers mirror: those marked `x-mcp-header`, found by way of `properties` alone, as the
/// specification demands.
pub(super) fn mirrored(schema: &str) -> Vec<Mirrored> {
    let mut found = Vec::new();
    if schema.contains("x-mcp-header") {
        let schema: Value = serde_json::from_str(schema).unwrap_or_default();
        collect_mirrored(&schema, &mut Vec::new(), &mut found);
    }
    found
}

fn collect_mirrored(schema: &Value, path: &mut Vec<Box<str>>, found: &mut Vec<Mirrored>) {
    if let Some(header) = schema.get("x-mcp-header").and_then(Value::as_str) {
        found.push(Mirrored { header: header.into(), path: path.clone() });
    }
    for (name, property) in members(schema.get("properties").and_then(Value::as_object)) {
        path.push(name.as_str().into());
        collect_mirrored(property, path, found);
        path.pop();
    }
}

/// JSON text without the white space between its tokens.
fn minified(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for c in text.chars() {
        if in_string {
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c.is_ascii_whitespace() {
            continue;
        } else {
            in_string = c == '"';
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_space_between_tokens_goes() {
        assert_eq!(minified("{ \"a b\" : \"c \\\" d\" ,\n \"e\":[ 1 ] }"), r#"{"a b":"c \" d","e":[1]}"#);
    }
}
