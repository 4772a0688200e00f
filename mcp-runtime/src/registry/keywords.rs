//! The keywords of a schema that was written by hand: what they take (JSON Schema 2020-12, "Validation").

use serde_json::{Map, Value};

use crate::args::{decoded, excerpt};
use crate::json_text::{self, member, members};
use crate::nearest::nearest;

const TYPES: [&str; 7] = ["string", "number", "integer", "boolean", "object", "array", "null"];

/// What is wrong with the keywords of a schema, each with its place. Those that are not known say nothing to us.
pub(super) fn faults(schema: &Value) -> Vec<String> {
    let mut walk = Walk { root: schema, faults: Vec::new() };
    walk.schema(schema, &mut String::new());
    walk.faults
}

/// The schemas within the value of a keyword, each with the way to it. What is data (`default`, `examples`, `const`, `enum`) is no
/// schema.
pub(super) fn within<'a>(keyword: &str, value: &'a Value) -> Vec<(String, &'a Value)> {
    match (keyword, value) {
        ("properties" | "patternProperties" | "$defs" | "definitions" | "dependentSchemas", Value::Object(schemas)) => {
            members(Some(schemas)).map(|(name, schema)| (format!("/{keyword}/{name}"), schema)).collect()
        }
        ("allOf" | "anyOf" | "oneOf" | "prefixItems" | "items", Value::Array(schemas)) => {
            schemas.iter().enumerate().map(|(place, schema)| (format!("/{keyword}/{place}"), schema)).collect()
        }
        (
            "items"
            | "contains"
            | "not"
            | "if"
            | "then"
            | "else"
            | "additionalProperties"
            | "propertyNames"
            | "unevaluatedProperties"
            | "unevaluatedItems",
            schema,
        ) => vec![(format!("/{keyword}"), schema)],
        _ => Vec::new(),
    }
}

struct Walk<'a> {
    root: &'a Value,
    faults: Vec<String>,
}

impl Walk<'_> {
    fn schema(&mut self, schema: &Value, place: &mut String) {
        let object = match schema {
            Value::Object(object) => object,
            Value::Bool(_) => return,
            other => return self.fault(place, "", "an object, `true` or `false`", other),
        };
        for (keyword, value) in members(Some(object)) {
            if let Some(wanted) = self.wanted(object, keyword, value) {
                self.fault(place, keyword, wanted, value);
                continue;
            }
            for (step, schema) in within(keyword, value) {
                let length = place.len();
                place.push_str(&step);
                self.schema(schema, place);
                place.truncate(length);
            }
        }
    }

    /// What a keyword has to be, if its value is something else.
    fn wanted(&self, schema: &Map<String, Value>, keyword: &str, value: &Value) -> Option<&'static str> {
        let (fits, wanted) = match keyword {
            "type" => {
                (is_type(value), "a type (string, number, integer, boolean, object, array, null), or a list of types")
            }
            "enum" => (value.is_array(), "a list of values"),
            "required" => (all(value, Value::is_string), "a list of names"),
            "minimum" | "maximum" => (value.is_number(), "a number"),
            // `true` is what they were in draft 4, beside the bound.
            "exclusiveMinimum" | "exclusiveMaximum" => (value.is_number() || value.is_boolean(), "a number"),
            "multipleOf" => (value.as_f64().is_some_and(|number| number > 0.0), "a number above 0"),
            "minLength" | "maxLength" | "minItems" | "maxItems" | "minProperties" | "maxProperties" => {
                (is_count(value), "a whole number from 0 on")
            }
            "pattern" | "format" | "title" | "description" => (value.is_string(), "a string"),
            "uniqueItems" => (value.is_boolean(), "`true` or `false`"),
            "properties" | "patternProperties" | "$defs" | "definitions" => (value.is_object(), "an object of schemas"),
            "allOf" | "anyOf" | "oneOf" => (all(value, |_| true) && value[0] != Value::Null, "a list of schemas"),
            "$ref" => {
                (self.leads_somewhere(schema, value), "a reference to a place in the schema, as in `#/$defs/Name`")
            }
            _ => return None,
        };
        (!fits).then_some(wanted)
    }

    /// Whether a reference within the schema leads to something. Others are not followed.
    fn leads_somewhere(&self, schema: &Map<String, Value>, value: &Value) -> bool {
        let Value::String(target) = value else { return false };
        // Within a resource of its own it is relative to that.
        if member(schema, "$id").is_some() || self.root.get("$id").is_some() {
            return true;
        }
        match target.strip_prefix('#').and_then(decoded) {
            Some(pointer) if pointer.is_empty() || pointer.starts_with('/') => self.root.pointer(&pointer).is_some(),
            _ => true,
        }
    }

    fn fault(&mut self, place: &str, keyword: &str, wanted: &str, value: &Value) {
        let at = match (place, keyword) {
            ("", "") => "it".to_owned(),
            (place, "") => format!("`{place}`"),
            (place, keyword) => format!("`{place}/{keyword}`"),
        };
        let near = match (keyword, value) {
            ("type", Value::String(name)) => nearest(name, &mut TYPES.into_iter()),
            _ => None,
        };
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let value = excerpt(&json_text::value(value));
        self.faults.push(format!("{at} has to be {wanted}, not `{value}`{near}"));
    }
}

fn is_type(value: &Value) -> bool {
    let is_one = |value: &Value| value.as_str().is_some_and(|name| TYPES.contains(&name));
    is_one(value) || (all(value, is_one) && value[0] != Value::Null)
}

/// Whether it is a list of such values.
fn all(value: &Value, is_one: impl Fn(&Value) -> bool) -> bool {
    value.as_array().is_some_and(|values| values.iter().all(is_one))
}

/// `2.0` is 2.
fn is_count(value: &Value) -> bool {
    value.as_f64().is_some_and(|number| number >= 0.0 && number.fract() == 0.0)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_keyword_that_takes_something_else_is_found_wherever_a_schema_is() {
        for (schema, expected) in [
            (
                json!({ "type": "strin" }),
                "`/type` has to be a type (string, number, integer, boolean, object, array, null), or a list of types, not `\"strin\"`; did you mean `string`?",
            ),
            (
                json!({ "type": [] }),
                "`/type` has to be a type (string, number, integer, boolean, object, array, null), or a list of types, not `[]`",
            ),
            (json!({ "minimum": "3" }), "`/minimum` has to be a number, not `\"3\"`"),
            (json!({ "multipleOf": 0 }), "`/multipleOf` has to be a number above 0, not `0`"),
            (json!({ "enum": "x" }), "`/enum` has to be a list of values, not `\"x\"`"),
            (json!({ "required": "a" }), "`/required` has to be a list of names, not `\"a\"`"),
            (json!({ "maxItems": 1.5 }), "`/maxItems` has to be a whole number from 0 on, not `1.5`"),
            (json!({ "uniqueItems": 1 }), "`/uniqueItems` has to be `true` or `false`, not `1`"),
            (json!({ "pattern": 1 }), "`/pattern` has to be a string, not `1`"),
            (json!({ "properties": [] }), "`/properties` has to be an object of schemas, not `[]`"),
            (
                json!({ "properties": { "a": "string" } }),
                "`/properties/a` has to be an object, `true` or `false`, not `\"string\"`",
            ),
            (json!({ "oneOf": [] }), "`/oneOf` has to be a list of schemas, not `[]`"),
            (
                json!({ "items": { "anyOf": [{}, { "$ref": "#/$defs/No" }] } }),
                "`/items/anyOf/1/$ref` has to be a reference to a place in the schema, as in `#/$defs/Name`, not `\"#/$defs/No\"`",
            ),
            (json!("string"), "it has to be an object, `true` or `false`, not `\"string\"`"),
        ] {
            assert_eq!(faults(&schema), [expected], "{schema}");
        }
        assert_eq!(faults(&json!({ "minimum": "1", "items": { "maximum": "2" } })).len(), 2);
    }

    #[test]
    fn what_is_right_and_what_is_data_is_left_alone() {
        for schema in [
            json!(true),
            json!({ "type": ["string", "null"], "enum": [], "minLength": 2.0, "format": "of our own", "x-own": 1 }),
            json!({ "exclusiveMinimum": true, "minimum": 1, "maximum": 2.5, "nullable": true }),
            json!({ "default": { "type": "strin" }, "examples": [{ "type": 1 }], "const": { "enum": 1 } }),
            json!({ "properties": { "type": { "type": "string" }, "required": true }, "required": ["type"] }),
            json!({ "$defs": { "A b": { "$ref": "#" } }, "items": { "$ref": "#/$defs/A%20b" }, "not": false }),
            json!({ "$ref": "#name", "items": [{ "$ref": "https://example.com/schema.json" }] }),
            json!({ "$id": "https://example.com/a.json", "$ref": "#/$defs/elsewhere" }),
        ] {
            assert_eq!(faults(&schema), [""; 0], "{schema}");
        }
    }
}
