//! The tools that are always there, and those that take SQL.

use mcp_runtime::prelude::*;
use serde_json::Value;

use crate::FREE;
use crate::catalog::{self, Description, Entry};
use crate::database::{Database, Params};
use crate::table::Table;

/// Lists the tables and views that can be read.
#[tool(read_only)]
async fn tables(database: State<Database>) -> Result<Vec<Entry>> {
    catalog::entries(&database).await
}

/// Describes a table or a view: its columns, keys and indexes.
#[tool(read_only)]
async fn describe(
    database: State<Database>,
    table: &str,
    /// Without it the first schema that has such a table.
    schema: Option<&str>,
) -> Result<Description> {
    let found = match schema {
        Some(schema) => catalog::description(&database, schema, table).await?,
        None => {
            let entries = catalog::entries(&database).await?;
            match entries.iter().find(|entry| entry.name == table) {
                Some(entry) => catalog::description(&database, &entry.schema, table).await?,
                None => None,
            }
        }
    };
    found.ok_or_else(|| Error::new(format!("there is no table {table:?}: `tables` lists all")))
}

/// Runs one SQL statement that reads, and answers with its rows.
#[tool(read_only, group = FREE)]
async fn query(
    database: State<Database>,
    /// One SELECT (or VALUES, or WITH … SELECT). Write values as $1, $2 …
    #[arg(length(1..=65_536))]
    sql: &str,
    /// The values of $1, $2 …: texts, numbers, booleans or null.
    #[arg(default = Vec::new(), length(0..=1000))]
    params: Vec<Value>,
    /// The most rows.
    #[arg(default = 100, range(1..=1_000_000))]
    limit: usize,
) -> Result<Table> {
    database.query(sql, Params::new(params)?, limit).await
}

/// Shows how the database would run a statement, without running it.
#[tool(read_only, group = FREE)]
async fn explain(
    database: State<Database>,
    #[arg(length(1..=65_000))] sql: &str,
    /// The values of $1, $2 …
    #[arg(default = Vec::new(), length(0..=1000))]
    params: Vec<Value>,
) -> Result<String> {
    let params = Params::new(params)?;
    match &*database {
        Database::Sqlite(sqlite) => {
            let table = sqlite.query(&format!("EXPLAIN QUERY PLAN {sql}"), params, 1000).await?;
            Ok(table.texts(3).collect::<Vec<_>>().join("\n"))
        }
        #[cfg(feature = "postgres")]
        Database::Postgres(postgres) => postgres.explain(sql, params).await,
    }
}
