//! Tools with schemas worth looking at.

use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value};

const SCHEMA: &str = r##"{
  "$schema": "https://json-schema.org/draft/2020-12/schema",
  "type": "object",
  "$defs": {
    "address": {
      "$anchor": "addressDef",
      "type": "object",
      "properties": { "street": { "type": "string" }, "city": { "type": "string" } }
    }
  },
  "properties": {
    "name": { "type": "string" },
    "address": { "$ref": "#/$defs/address" },
    "contactMethod": { "type": "string", "enum": ["phone", "email"] },
    "phone": { "type": "string" },
    "email": { "type": "string" }
  },
  "allOf": [{ "anyOf": [{ "required": ["phone"] }, { "required": ["email"] }] }],
  "if": { "properties": { "contactMethod": { "const": "phone" } }, "required": ["contactMethod"] },
  "then": { "required": ["phone"] },
  "else": { "required": ["email"] },
  "additionalProperties": false
}"##;

/// Takes arguments that only JSON Schema 2020-12 can describe.
#[tool(input = SCHEMA)]
fn json_schema_2020_12_tool(#[arg(flatten)] arguments: Map<String, Value>) -> String {
    format!("Got {} arguments.", arguments.len())
}

/// The weather of a place.
#[derive(Serialize, JsonSchema)]
struct Weather {
    /// The city.
    city: String,
    /// In degrees Celsius.
    temperature: f64,
    /// In a word.
    conditions: String,
}

/// Returns structured content.
#[tool]
fn test_structured_output(
    /// The city to tell the weather of.
    city: &str,
) -> Weather {
    Weather { city: city.to_owned(), temperature: 21.5, conditions: "Sunny".to_owned() }
}

/// Has an argument that is mirrored into an HTTP header.
#[tool]
fn test_x_mcp_header(
    /// Where to look.
    #[arg(header = "Region")]
    region: &str,
) -> String {
    format!("region={region}")
}
