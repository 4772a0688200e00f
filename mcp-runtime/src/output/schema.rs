//! The schema of what a tool returns.

use std::any::type_name;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::probe::Probe;
use super::tool::ToolOutput;
use crate::call::OutputShape;
use crate::json_schema::{portable, root_schema};
use crate::json_text;

/// What is known of a tool's return type when the server is built.
#[derive(Clone, Debug)]
pub struct OutputSchema {
    /// What becomes of a value beside its text.
    pub shape: OutputShape,
    /// The `outputSchema`, where there is one, as JSON.
    pub schema: Option<String>,
    /// The name of a type that serializes and does not say of itself what its schema is.
    pub unknown: Option<&'static str>,
}

impl OutputSchema {
    /// Text only.
    pub const TEXT: Self = Self { shape: OutputShape::Text, schema: None, unknown: None };

    /// The schema of `T`; wrapped, where values of `T` are not always objects, alike in every revision.
    fn of<T: JsonSchema>() -> Self {
        let mut schema = root_schema::<T>(SchemaSettings::draft2020_12().for_serialize().into_generator());
        portable(&mut schema);
        if is_object(&mut schema) {
            let schema = json_text::value(&Value::Object(schema));
            return Self { shape: OutputShape::Object, schema: Some(schema), unknown: None };
        }
        let definitions = schema.remove("$defs");
        let mut wrapped = json!({
            "type": "object",
            "properties": { "result": schema },
            "required": ["result"],
            "x-fastmcp-wrap-result": true,
        });
        if let (Some(definitions), Value::Object(wrapped)) = (definitions, &mut wrapped) {
            wrapped.insert("$defs".to_owned(), definitions);
        }
        Self { shape: OutputShape::Wrapped, schema: Some(json_text::value(&wrapped)), unknown: None }
    }
}

/// Types whose schema a tool can list for its result: `#[tool(output = Report)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no schema, which `output` needs",
    label = "expected a type with `schemars::JsonSchema`",
    note = "derive `schemars::JsonSchema` (of schemars 1) for it, or give a schema: `output = SCHEMA`, `output = schema()`"
)]
pub trait OutputType {
    /// Its schema.
    fn schema() -> OutputSchema;
}

#[diagnostic::do_not_recommend]
impl<T: JsonSchema> OutputType for T {
    fn schema() -> OutputSchema {
        OutputSchema::of::<T>()
    }
}

/// Whether all that the schema describes are objects. Says so in its `type`, which revisions up to 2025-11-25 demand.
fn is_object(schema: &mut Map<String, Value>) -> bool {
    let says_object = |schema: &Value| schema.get("type").is_some_and(|kind| kind == "object");
    if schema.get("type").is_some_and(|kind| kind == "object") {
        return true;
    }
    let alternatives = schema.get("oneOf").or_else(|| schema.get("anyOf")).and_then(Value::as_array);
    let all = alternatives.is_some_and(|all| !all.is_empty() && all.iter().all(says_object));
    if all {
        schema.insert("type".to_owned(), "object".into());
    }
    all
}

/// Types that write themselves have no schema.
pub trait SchemaByOutput {
    /// What is known.
    fn output_schema(&self) -> OutputSchema;
}

/// Types that serialize and have a schema.
pub trait SchemaBySerde {
    /// What is known.
    fn output_schema(&self) -> OutputSchema;
}

/// Types that serialize only.
pub trait SchemaByText {
    /// What is known.
    fn output_schema(&self) -> OutputSchema;
}

/// Types that can do neither; the compiler stops at the answer.
pub trait SchemaByNothing {
    /// What is known.
    fn output_schema(&self) -> OutputSchema;
}

impl<T: ToolOutput> SchemaByOutput for &&&Probe<T> {
    fn output_schema(&self) -> OutputSchema {
        OutputSchema::TEXT
    }
}

impl<T: Serialize + JsonSchema> SchemaBySerde for &&Probe<T> {
    fn output_schema(&self) -> OutputSchema {
        OutputSchema::of::<T>()
    }
}

impl<T: Serialize> SchemaByText for &Probe<T> {
    fn output_schema(&self) -> OutputSchema {
        OutputSchema { shape: OutputShape::Unchecked, schema: None, unknown: Some(type_name::<T>()) }
    }
}

impl<T> SchemaByNothing for Probe<T> {
    fn output_schema(&self) -> OutputSchema {
        OutputSchema::TEXT
    }
}

/// A schema written by hand, for `#[tool(input = …)]` and `#[tool(output = …)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a schema",
    label = "expected a `&str` with JSON, a `serde_json::Value` or a `schemars::Schema`"
)]
pub trait SchemaSource {
    /// The schema as JSON text.
    fn text(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl SchemaSource for str {
    fn text(&self) -> String {
        self.to_owned()
    }
}

#[diagnostic::do_not_recommend]
impl SchemaSource for String {
    fn text(&self) -> String {
        self.clone()
    }
}

#[diagnostic::do_not_recommend]
impl SchemaSource for Value {
    fn text(&self) -> String {
        json_text::value(self)
    }
}

#[diagnostic::do_not_recommend]
impl SchemaSource for Schema {
    fn text(&self) -> String {
        json_text::value(self.as_value())
    }
}

#[diagnostic::do_not_recommend]
impl<T: SchemaSource + ?Sized> SchemaSource for &T {
    fn text(&self) -> String {
        (**self).text()
    }
}

#[diagnostic::do_not_recommend]
impl<T: SchemaSource, F: FnOnce() -> T> SchemaSource for std::sync::LazyLock<T, F> {
    fn text(&self) -> String {
        (**self).text()
    }
}
