//! The second check of arguments, by the crate `jsonschema`: of keywords that a shape does not have.

use std::collections::HashSet;

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::held::Validate;
use super::shape::{Walked, excerpt};
use crate::call::FaultLimits;

/// As many errors are looked at, or as many as may be told. The list of them can be as long as the arguments.
const LOOKED_AT: usize = 200;

/// Compiles a schema. References to other documents are not followed.
///
/// # Errors
/// The schema cannot be used.
pub(crate) fn validator(schema: &Value) -> Result<Box<dyn Validate>, String> {
    let validator = jsonschema::options().build(schema).map_err(|error| error.to_string())?;
    Ok(Box::new(Compiled(validator)))
}

/// A compiled input schema.
struct Compiled(jsonschema::Validator);

impl Validate for Compiled {
    fn fits(&self, json: &str) -> bool {
        serde_json::from_str::<Value>(json).is_ok_and(|arguments| self.0.is_valid(&arguments))
    }

    fn add_to(&self, mut walked: Walked, json: &str, limits: FaultLimits) -> Walked {
        let json = walked.amended.as_deref().unwrap_or(json);
        let Ok(arguments) = serde_json::from_str::<Value>(json) else { return walked };
        let known: HashSet<String> = walked.faults.told().iter().map(|fault| fault.pointer.clone()).collect();
        let faults = &mut walked.faults;
        for error in self.0.iter_errors(&arguments).take(LOOKED_AT.max(limits.count)) {
            explain(&error, &mut |pointer, message| {
                // The walk has told of members that are missing or unknown at their own places.
                let is_known = known.iter().any(|known| {
                    known.strip_prefix(&*pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
                });
                if !is_known {
                    faults.add(pointer, message);
                }
            });
        }
        walked
    }
}

/// Notes an error. One that says no more than that no alternative fits (`Option`s and enums have alternatives) gives way
/// to what is wrong with the alternative that came furthest.
fn explain(error: &ValidationError<'_>, note: &mut dyn FnMut(String, String)) {
    let alternatives = match error.kind() {
        ValidationErrorKind::AnyOf { context } | ValidationErrorKind::OneOfNotValid { context } => context.as_slice(),
        _ => &[],
    };
    let here = depth(error);
    let furthest = alternatives.iter().max_by_key(|errors| errors.iter().map(depth).max());
    match furthest.filter(|errors| errors.iter().any(|error| depth(error) > here)) {
        Some(errors) => errors.iter().for_each(|error| explain(error, note)),
        None => note(error.instance_path().to_string(), error.masked_with(shown(error.instance())).to_string()),
    }
}

/// What stands for a value in a message: the value may be all that was sent.
fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "the object".to_owned(),
        Value::Array(_) => "the array".to_owned(),
        Value::String(text) => crate::json_text::string(&excerpt(text)),
        scalar => crate::json_text::value(scalar),
    }
}

fn depth(error: &ValidationError<'_>) -> usize {
    error.instance_path().as_str().matches('/').count()
}
