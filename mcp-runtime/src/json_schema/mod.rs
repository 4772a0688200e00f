//! JSON Schemas in the form that clients, hosts and the APIs of models take.
//!
//! What schemars gives is JSON Schema 2020-12, in full: bare booleans, `prefixItems`, formats of its own, references to the
//! root. Others read a part of that. [`portable`] says the same in words that all of them take; [`one_object`] does so for
//! the root of a tool's arguments.

mod one_object;
mod portable;
mod root;

pub(crate) use one_object::{admits_objects, one_object};
pub(crate) use portable::{is_argument_name, portable};
pub(crate) use root::{into_object, root_schema, written_schema};

use serde_json::{Map, Value};

/// Keywords whose value is a schema.
const ONE: [&str; 14] = [
    "items",
    "additionalItems",
    "contains",
    "additionalProperties",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "not",
    "if",
    "then",
    "else",
    "contentSchema",
    "dependencies",
    "extends",
];

/// Keywords whose value is a list of schemas.
const LISTS: [&str; 4] = ["prefixItems", "anyOf", "oneOf", "allOf"];

/// Keywords whose value is an object of schemas.
const MAPS: [&str; 5] = ["properties", "patternProperties", "dependentSchemas", "$defs", "definitions"];

/// Does something with each schema that stands directly in another, and is told under which keyword. What is data is no
/// schema, whatever it looks like: `default`, `examples`, `enum`, `const`.
fn for_each_inner(schema: &mut Map<String, Value>, change: &mut dyn FnMut(&str, &mut Value)) {
    for (keyword, value) in schema {
        match value {
            Value::Array(schemas) if LISTS.contains(&&**keyword) || keyword == "items" => {
                schemas.iter_mut().for_each(|schema| change(keyword, schema));
            }
            Value::Object(schemas) if MAPS.contains(&&**keyword) => {
                schemas.values_mut().for_each(|schema| change(keyword, schema));
            }
            Value::Object(_) | Value::Bool(_) if ONE.contains(&&**keyword) => change(keyword, value),
            _ => {}
        }
    }
}
