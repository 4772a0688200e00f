//! The feature `validate`: arguments are held to the whole schema, nested constraints included.

use jsonschema::ValidationError;
use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use crate::call::Inspect;

/// A compiled input schema.
#[derive(Debug)]
pub(crate) struct Validator(jsonschema::Validator);

impl Validator {
    /// Compiles a schema. References to other documents are not followed.
    pub(crate) fn new(schema: &str) -> Result<Self, String> {
        let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
        jsonschema::options().build(&schema).map(Self).map_err(|error| error.to_string())
    }
}

impl Inspect for Validator {
    fn inspect(&self, json: &str, note: &mut dyn FnMut(String, String)) {
        let Ok(arguments) = serde_json::from_str::<Value>(json) else { return };
        for error in self.0.iter_errors(&arguments) {
            explain(&error, note);
        }
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
        None => note(error.instance_path().to_string(), error.to_string()),
    }
}

fn depth(error: &ValidationError<'_>) -> usize {
    error.instance_path().as_str().matches('/').count()
}
