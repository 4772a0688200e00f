//! What a schema admits, in the judgement of a validator that is not ours.

use jsonschema::Validator;
use serde_json::{Map, Number, Value};

/// A schema with all that it says, and what `format` says of the numbers that a type holds.
pub fn strict(schema: &Value) -> Validator {
    stated(schema, true)
}

/// The same, but for the formats of texts: a type may read more than is in its format.
pub fn without_text_formats(schema: &Value) -> Validator {
    stated(schema, false)
}

fn stated(schema: &Value, formats: bool) -> Validator {
    let mut schema = schema.clone();
    for_each(&mut schema, &mut |members| {
        if let Some((min, max)) = members.get("format").and_then(Value::as_str).and_then(range_of_format) {
            members.entry("minimum").or_insert(min.into());
            members.entry("maximum").or_insert(max.into());
        }
    });
    let options = jsonschema::options().should_validate_formats(formats).should_ignore_unknown_formats(true);
    let options = options.with_format("ip", |text: &str| text.parse::<std::net::IpAddr>().is_ok());
    let options = options.with_format("partial-date-time", |text: &str| text.parse::<chrono::NaiveDateTime>().is_ok());
    options.build(&schema).unwrap_or_else(|error| panic!("{error}: {schema}"))
}

/// A schema as clients judge by it who know nothing of formats.
pub fn plain(schema: &Value) -> Validator {
    let options = jsonschema::options().should_validate_formats(false);
    options.build(schema).unwrap_or_else(|error| panic!("{error}: {schema}"))
}

/// The numbers that the type behind a schema holds.
pub fn range_of_format(format: &str) -> Option<(Number, Number)> {
    let float = f64::from(f32::MAX);
    Some(match format {
        "int8" => (i8::MIN.into(), i8::MAX.into()),
        "uint8" => (u8::MIN.into(), u8::MAX.into()),
        "int32" => (i32::MIN.into(), i32::MAX.into()),
        "uint32" => (u32::MIN.into(), u32::MAX.into()),
        "int64" => (i64::MIN.into(), i64::MAX.into()),
        "uint64" => (u64::MIN.into(), u64::MAX.into()),
        "float" => (Number::from_f64(-float)?, Number::from_f64(float)?),
        _ => return None,
    })
}

/// Does something with a schema and all schemas within. What is data in it is no schema.
fn for_each(schema: &mut Value, change: &mut dyn FnMut(&mut Map<String, Value>)) {
    let Value::Object(members) = schema else { return };
    change(members);
    for (keyword, value) in members {
        match (keyword.as_str(), value) {
            ("properties" | "patternProperties" | "$defs", Value::Object(schemas)) => {
                schemas.values_mut().for_each(|schema| for_each(schema, change));
            }
            ("anyOf" | "oneOf" | "allOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter_mut().for_each(|schema| for_each(schema, change));
            }
            ("items" | "not" | "additionalProperties" | "unevaluatedProperties" | "propertyNames", schema) => {
                for_each(schema, change);
            }
            _ => {}
        }
    }
}
