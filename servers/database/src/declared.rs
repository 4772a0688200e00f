//! Queries that an operator has written down in a file: each is a tool.

use std::fs;
use std::sync::Arc;

use mcp_runtime::dynamic::Tool;
use mcp_runtime::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::database::{Database, Params};
use crate::table::Table;

/// The most bytes of the file.
const BYTES: u64 = 1024 * 1024;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    query: Vec<Query>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Query {
    name: String,
    description: String,
    /// One statement, with `$1` for the first parameter and so on.
    sql: String,
    #[serde(default)]
    parameters: Vec<Parameter>,
    /// The most rows; as many as any result may have without it.
    rows: Option<usize>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parameter {
    name: String,
    r#type: Type,
    description: Option<String>,
    /// What it is where a call does not say. It makes the parameter optional.
    default: Option<toml::Value>,
    /// The only values that it may have.
    choices: Option<Vec<toml::Value>>,
    /// The least and the most that a number may be.
    minimum: Option<f64>,
    maximum: Option<f64>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Type {
    Text,
    Integer,
    Number,
    Boolean,
}

/// The tools of a file. Each of its queries is shown to the database, so that one that could not run stops the start.
///
/// # Errors
/// What is wrong with the file, with the name of the query.
pub async fn tools(path: &str, database: &Arc<Database>) -> Result<Vec<Tool>> {
    let failed = |why: &dyn std::fmt::Display| Error::new(format!("{path}: {why}"));
    if fs::metadata(path).map_err(|why| failed(&why))?.len() > BYTES {
        return Err(failed(&format!("it has more than {BYTES} bytes")));
    }
    let text = fs::read_to_string(path).map_err(|why| failed(&why))?;
    let file: File = toml::from_str(&text).map_err(|why| failed(&why))?;
    let mut tools = Vec::new();
    for query in file.query {
        let name = query.name.clone();
        tools.push(tool(query, database).await.map_err(|why| failed(&format!("query {name:?}: {why}")))?);
    }
    Ok(tools)
}

async fn tool(query: Query, database: &Arc<Database>) -> Result<Tool> {
    let wanted = database.prepare(&query.sql).await?;
    if wanted != query.parameters.len() {
        return Err(Error::new(format!(
            "the SQL has {wanted} parameters, and {} are declared",
            query.parameters.len()
        )));
    }
    let schema = schema(&query.parameters)?;
    let rows = query.rows.unwrap_or(usize::MAX);
    // They have been checked with the schema; values of calls are checked by it.
    let defaults = query.parameters.iter().map(|parameter| parameter.default.as_ref().map(plain));
    let names = query.parameters.iter().map(|parameter| parameter.name.clone());
    let (sql, database) = (Arc::<str>::from(query.sql), Arc::clone(database));
    let parameters: Arc<[(String, Option<Value>)]> = names.zip(defaults).collect();
    let handler = move |mut given: Map<String, Value>, _| {
        let (sql, database, parameters) = (Arc::clone(&sql), Arc::clone(&database), Arc::clone(&parameters));
        async move {
            let value = |(name, default): &(String, Option<Value>)| {
                given.remove(name).or_else(|| default.clone()).unwrap_or_default()
            };
            let params = Params::new(parameters.iter().map(value).collect())?;
            database.query(&sql, params, rows).await
        }
    };
    let tool = Tool::new(query.name, schema).describe(query.description).output(schemars::schema_for!(Table));
    Ok(tool.read_only(true).handler(handler))
}

/// The JSON Schema of a tool's arguments.
fn schema(parameters: &[Parameter]) -> Result<Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for parameter in parameters {
        let mut property = json!({ "type": parameter.r#type.name() });
        for (key, value) in [
            ("description", parameter.description.as_deref().map(Value::from)),
            ("default", parameter.default.as_ref().map(plain)),
            ("enum", parameter.choices.as_ref().map(|choices| choices.iter().map(plain).collect())),
            ("minimum", parameter.minimum.map(Value::from)),
            ("maximum", parameter.maximum.map(Value::from)),
        ] {
            if let Some(value) = value {
                property[key] = value;
            }
        }
        parameter.check().map_err(|why| Error::new(format!("parameter {:?}: {why}", parameter.name)))?;
        if parameter.default.is_none() {
            required.push(parameter.name.clone());
        }
        if properties.insert(parameter.name.clone(), property).is_some() {
            return Err(Error::new(format!("parameter {:?} is declared twice", parameter.name)));
        }
    }
    Ok(json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false }))
}

impl Parameter {
    /// Whether its rules fit its type and each other, and what the file gives it fits its rules.
    fn check(&self) -> Result<(), String> {
        let wanted = self.r#type.name();
        let (least, most) = (self.minimum.unwrap_or(f64::MIN), self.maximum.unwrap_or(f64::MAX));
        let has_range = self.minimum.is_some() || self.maximum.is_some();
        if has_range && !matches!(self.r#type, Type::Integer | Type::Number) {
            return Err(format!("minimum and maximum are for numbers, not for a {wanted}"));
        }
        if !(least.is_finite() && most.is_finite() && least <= most) {
            return Err("there is no number between minimum and maximum".to_owned());
        }
        if self.choices.as_ref().is_some_and(Vec::is_empty) {
            return Err("choices are empty".to_owned());
        }
        for value in self.default.iter().chain(self.choices.iter().flatten()) {
            if !self.r#type.admits(value) {
                return Err(format!("{} is no {wanted}", plain(value)));
            }
            if number(value).is_some_and(|number| number < least || number > most) {
                return Err(format!("{} is not between minimum and maximum", plain(value)));
            }
        }
        match (&self.default, &self.choices) {
            (Some(default), Some(choices)) if !choices.iter().any(|choice| is_same(choice, default)) => {
                Err(format!("the default {} is none of the choices", plain(default)))
            }
            _ => Ok(()),
        }
    }
}

impl Type {
    fn name(self) -> &'static str {
        match self {
            Self::Text => "string",
            Self::Integer => "integer",
            Self::Number => "number",
            Self::Boolean => "boolean",
        }
    }

    fn admits(self, value: &toml::Value) -> bool {
        match self {
            Self::Text => value.is_str(),
            Self::Integer => value.is_integer(),
            Self::Number => number(value).is_some_and(f64::is_finite),
            Self::Boolean => value.is_bool(),
        }
    }
}

/// `1` and `1.0` are the same number.
fn is_same(one: &toml::Value, other: &toml::Value) -> bool {
    one == other || number(one).is_some_and(|one| number(other) == Some(one))
}

fn number(value: &toml::Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|number| number as f64))
}

/// A value of TOML as one of JSON. It is of a [`Type`].
fn plain(value: &toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::from(&**text),
        toml::Value::Integer(number) => Value::from(*number),
        toml::Value::Float(number) => Value::from(*number),
        toml::Value::Boolean(value) => Value::from(*value),
        _ => Value::Null,
    }
}
