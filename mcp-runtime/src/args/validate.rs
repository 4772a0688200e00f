//! The feature `validate`: arguments are held to the whole schema, nested constraints included.

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
    fn inspect(&self, json: &[u8], note: &mut dyn FnMut(String, String)) {
        let Ok(arguments) = serde_json::from_slice::<Value>(json) else { return };
        for error in self.0.iter_errors(&arguments) {
            note(error.instance_path().to_string(), error.to_string());
        }
    }
}
