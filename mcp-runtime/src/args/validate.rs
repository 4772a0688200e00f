//! The feature `validate`: arguments are held to the whole schema, nested constraints included.

use jsonschema::error::ValidationErrorKind;
use serde_json::Value;

use super::fault::Faults;

/// A compiled input schema.
pub(crate) struct Validator(jsonschema::Validator);

impl Validator {
    /// Compiles a schema. References to other documents are not followed.
    pub(crate) fn new(schema: &str) -> Result<Self, String> {
        let schema: Value = serde_json::from_str(schema).map_err(|error| error.to_string())?;
        jsonschema::options().build(&schema).map(Self).map_err(|error| error.to_string())
    }

    /// Notes every fault that the schema finds.
    pub(crate) fn check(&self, json: &[u8], faults: &mut Faults) {
        let Ok(arguments) = serde_json::from_slice::<Value>(json) else { return };
        for error in self.0.iter_errors(&arguments) {
            // The missing and the unknown have words of their own, with names and suggestions.
            let ours = matches!(
                error.kind(),
                ValidationErrorKind::Required { .. } | ValidationErrorKind::AdditionalProperties { .. }
            );
            let pointer = error.instance_path().to_string();
            if !(ours && pointer.is_empty()) {
                faults.add(pointer, error.to_string());
            }
        }
    }
}

impl std::fmt::Debug for Validator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Validator")
    }
}
