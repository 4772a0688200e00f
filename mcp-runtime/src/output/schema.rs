//! The schema of what a tool returns.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::probe::Probe;
use super::tool::ToolOutput;
use crate::call::OutputShape;
use crate::json_text;

/// What is known of a tool's return type when the server is built.
#[derive(Clone, Debug)]
pub struct OutputSchema {
    /// What becomes of a value beside its text.
    pub shape: OutputShape,
    /// The `outputSchema`, where there is one.
    pub schema: Option<Value>,
}

impl OutputSchema {
    /// Text only.
    pub const TEXT: Self = Self { shape: OutputShape::Text, schema: None };

    /// The schema of `T`; wrapped, where values of `T` are not always objects, alike in every revision.
    fn of<T: JsonSchema>() -> Self {
        let root = SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>();
        let mut schema = tidy_schema(root);
        if is_object(&mut schema) {
            return Self { shape: OutputShape::Object, schema: Some(Value::Object(schema)) };
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
        Self { shape: OutputShape::Wrapped, schema: Some(wrapped) }
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

/// A root schema without what clients have no use for.
pub(crate) fn tidy_schema(schema: Schema) -> Map<String, Value> {
    let mut schema = into_object(schema);
    // 2020-12 is what a schema is that does not say (`basic/index`, "Schema Dialect"); the title is the type's name.
    schema.remove("$schema");
    schema.remove("title");
    schema
}

/// The schema as an object, which can be added to.
pub(crate) fn into_object(schema: Schema) -> Map<String, Value> {
    let mut value = schema.to_value();
    tidy(&mut value);
    match value {
        Value::Object(object) => object,
        // `true` and `false` say what these say.
        other => {
            let mut schema = Map::new();
            if other == false {
                schema.insert("not".to_owned(), Value::Object(Map::new()));
            }
            schema
        }
    }
}

/// Removes the formats of Rust's number types, which no other language knows and validators warn of.
pub(crate) fn tidy(schema: &mut Value) {
    const RUST: [&str; 14] = [
        "int", "int8", "int16", "int32", "int64", "int128", "uint", "uint8", "uint16", "uint32", "uint64", "uint128",
        "float", "double",
    ];
    match schema {
        Value::Object(members) => {
            if members.get("format").and_then(Value::as_str).is_some_and(|format| RUST.contains(&format)) {
                members.remove("format");
            }
            members.values_mut().for_each(tidy);
        }
        Value::Array(items) => items.iter_mut().for_each(tidy),
        _ => {}
    }
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
        OutputSchema { shape: OutputShape::Unchecked, schema: None }
    }
}

impl<T> SchemaByNothing for Probe<T> {
    fn output_schema(&self) -> OutputSchema {
        OutputSchema::TEXT
    }
}

/// A schema written by hand, for `#[tool(input = …)]`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no schema",
    label = "expected a `&str` with JSON, a `serde_json::Value` or a `schemars::Schema`"
)]
pub trait SchemaSource {
    /// The schema as JSON text.
    fn text(&self) -> String;
}

impl SchemaSource for str {
    fn text(&self) -> String {
        self.to_owned()
    }
}

impl SchemaSource for String {
    fn text(&self) -> String {
        self.clone()
    }
}

impl SchemaSource for Value {
    fn text(&self) -> String {
        json_text::value(self)
    }
}

impl SchemaSource for Schema {
    fn text(&self) -> String {
        json_text::value(self.as_value())
    }
}

impl<T: SchemaSource + ?Sized> SchemaSource for &T {
    fn text(&self) -> String {
        (**self).text()
    }
}

impl<T: SchemaSource, F: FnOnce() -> T> SchemaSource for std::sync::LazyLock<T, F> {
    fn text(&self) -> String {
        (**self).text()
    }
}
