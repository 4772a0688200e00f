//! Input schemas: from parameters to JSON Schema 2020-12.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use super::def::{Input, ToolDef};
use super::item::Mirrored;
use crate::args::{Param, Source};
use crate::json_text;
use crate::output::{into_object, tidy, tidy_schema};

/// The `inputSchema` of a tool, as JSON text.
///
/// # Errors
/// What is wrong with a schema that was written by hand.
pub(super) fn input_schema(def: &ToolDef) -> Result<String, String> {
    match def.input {
        Input::Params => Ok(of_params(def.common.params)),
        Input::Text(text) => by_hand("input", &text()),
        Input::Flat(schema) => flat(schema),
    }
}

/// A schema that was written by hand: of a tool's `input` or `output`.
///
/// # Errors
/// What is wrong with it.
pub(super) fn by_hand(which: &str, text: &str) -> Result<String, String> {
    let schema: Value =
        serde_json::from_str(text).map_err(|error| format!("its {which} schema is no JSON: {error}"))?;
    if schema.get("type").is_none_or(|kind| kind != "object") {
        return Err(format!("its {which} schema must say `\"type\": \"object\"`"));
    }
    // The text as it was written, but for white space: the order of its members is the author's.
    Ok(minified(text))
}

fn flat(schema: fn(&mut SchemaGenerator) -> Value) -> Result<String, String> {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let Value::Object(mut schema) = schema(&mut generator) else {
        return Err("its `flatten` parameter has no schema of an object".to_owned());
    };
    // Tagged enums are objects in every alternative, and do not say so at the top.
    schema.entry("type").or_insert_with(|| "object".into());
    if schema.get("type").is_none_or(|kind| kind != "object") {
        return Err("its `flatten` parameter must be a struct, an enum of structs or a map".to_owned());
    }
    Ok(json_text::value(&Value::Object(schema)))
}

/// The schema of a type that takes all arguments.
pub(crate) fn flat_schema<T: JsonSchema>(generator: &mut SchemaGenerator) -> Value {
    let settings = generator.settings().clone();
    Value::Object(tidy_schema(settings.into_generator().into_root_schema_for::<T>()))
}

/// Written member by member, to keep the parameters in the order of the signature: a `serde_json::Map` sorts.
fn of_params(params: &[Param]) -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let member = |param: &Param| {
        let schema = Value::Object(property(param, &mut generator));
        format!("{}:{}", json_text::string(param.name), json_text::value(&schema))
    };
    let properties: Vec<String> = params.iter().map(member).collect();
    let mut text = String::from(r#"{"type":"object""#);
    if !properties.is_empty() {
        text.push_str(&format!(r#","properties":{{{}}}"#, properties.join(",")));
    }
    let required = params.iter().filter(|param| !param.may_be_missing());
    let required: Vec<String> = required.map(|param| json_text::string(param.name)).collect();
    if !required.is_empty() {
        text.push_str(&format!(r#","required":[{}]"#, required.join(",")));
    }
    text.push_str(r#","additionalProperties":false"#);
    let definitions = generator.take_definitions(true);
    if !definitions.is_empty() {
        let mut definitions = Value::Object(definitions);
        tidy(&mut definitions);
        text.push_str(&format!(r#","$defs":{}"#, json_text::value(&definitions)));
    }
    text.push('}');
    text
}

fn property(param: &Param, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let mut schema = match param.source {
        Source::Json { schema, .. } => into_object(schema(generator)),
        Source::Text { .. } => {
            let mut schema = Map::new();
            schema.insert("type".to_owned(), "string".into());
            schema
        }
    };
    if !param.docs.is_empty() {
        schema.insert("description".to_owned(), param.docs.into());
    }
    for constraint in param.constraints() {
        constraint.apply(&mut schema);
    }
    if let Some(default) = param.default.and_then(|default| default.value()) {
        schema.insert("default".to_owned(), default);
    }
    if let Some(example) = param.example.and_then(|example| example.value()) {
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
    for (name, property) in schema.get("properties").and_then(Value::as_object).into_iter().flatten() {
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
