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
    // Defaults that fit are checked by the schema, like all values.
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
        for value in parameter.default.iter().chain(parameter.choices.iter().flatten()) {
            if !parameter.r#type.admits(value) {
                let (name, wanted) = (&parameter.name, parameter.r#type.name());
                return Err(Error::new(format!("parameter {name:?}: {} is no {wanted}", plain(value))));
            }
        }
        if parameter.default.is_none() {
            required.push(parameter.name.clone());
        }
        if properties.insert(parameter.name.clone(), property).is_some() {
            return Err(Error::new(format!("parameter {:?} is declared twice", parameter.name)));
        }
    }
    Ok(json!({ "type": "object", "properties": properties, "required": required, "additionalProperties": false }))
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
            Self::Number => value.is_integer() || value.is_float(),
            Self::Boolean => value.is_bool(),
        }
    }
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
