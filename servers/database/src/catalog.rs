//! What is in the database: its tables, and what they look like.
//!
//! Names from clients are always values of a query, and never a part of its text.

use mcp_runtime::prelude::*;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::database::{Database, Params};

/// The most tables that are listed. The limits of results hold besides.
const MOST: usize = 10_000;

/// A table or a view.
#[derive(Serialize, JsonSchema)]
pub struct Entry {
    pub schema: String,
    pub name: String,
    /// `table`, `view` …
    pub kind: String,
}

/// What a table looks like.
#[derive(Serialize, JsonSchema)]
pub struct Description {
    schema: String,
    name: String,
    columns: Vec<Column>,
    /// References to other tables, in SQL.
    foreign_keys: Vec<String>,
    /// In SQL. Those that a key has by itself may be missing.
    indexes: Vec<String>,
}

#[derive(Serialize, JsonSchema)]
struct Column {
    name: String,
    r#type: String,
    nullable: bool,
    /// In SQL.
    #[serde(skip_serializing_if = "Option::is_none")]
    default: Option<String>,
    primary_key: bool,
}

/// The queries that find it out: for SQLite and for PostgreSQL, with the same columns and parameters.
struct Sql {
    tables: &'static str,
    columns: &'static str,
    foreign_keys: &'static str,
    indexes: &'static str,
}

const SQLITE: Sql = Sql {
    tables: "SELECT schema, name, type FROM pragma_table_list
             WHERE schema = 'main' AND type IN ('table', 'view', 'virtual') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
             ORDER BY name",
    columns: "SELECT name, type, \"notnull\" = 0 AND pk = 0, dflt_value, pk > 0 FROM pragma_table_xinfo($2, $1)
              WHERE $1 = 'main' ORDER BY cid",
    foreign_keys: "SELECT 'FOREIGN KEY (' || group_concat(\"from\", ', ') || ') REFERENCES ' || \"table\"
                          || coalesce(' (' || group_concat(\"to\", ', ') || ')', '')
                   FROM pragma_foreign_key_list($2, $1) WHERE $1 = 'main' GROUP BY id ORDER BY id",
    indexes: "SELECT sql FROM sqlite_schema
              WHERE type = 'index' AND tbl_name = $2 AND $1 = 'main' AND sql IS NOT NULL ORDER BY name",
};

#[cfg(feature = "postgres")]
const POSTGRES: Sql = Sql {
    tables: "SELECT n.nspname, c.relname,
                    CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'f' THEN 'foreign table'
                                   ELSE 'table' END
             FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname <> 'information_schema'
                   AND n.nspname NOT LIKE 'pg\\_%' AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
             ORDER BY 1, 2",
    columns: "SELECT a.attname, pg_catalog.format_type(a.atttypid, a.atttypmod), NOT a.attnotnull,
                     pg_catalog.pg_get_expr(d.adbin, d.adrelid),
                     EXISTS (SELECT FROM pg_catalog.pg_index i
                             WHERE i.indrelid = c.oid AND i.indisprimary AND a.attnum = ANY (i.indkey))
              FROM pg_catalog.pg_attribute a
              JOIN pg_catalog.pg_class c ON c.oid = a.attrelid
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
              WHERE n.nspname = $1 AND c.relname = $2 AND a.attnum > 0 AND NOT a.attisdropped
                    AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
              ORDER BY a.attnum",
    foreign_keys: "SELECT pg_catalog.pg_get_constraintdef(f.oid)
                   FROM pg_catalog.pg_constraint f
                   JOIN pg_catalog.pg_class c ON c.oid = f.conrelid
                   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
                   WHERE f.contype = 'f' AND n.nspname = $1 AND c.relname = $2 ORDER BY f.conname",
    indexes: "SELECT pg_catalog.pg_get_indexdef(i.indexrelid)
              FROM pg_catalog.pg_index i
              JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
              JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
              WHERE n.nspname = $1 AND c.relname = $2 ORDER BY i.indexrelid",
};

/// The tables and views that can be read.
#[resource("db://tables", mime = "application/json")]
async fn all_tables(database: State<Database>) -> Result<Vec<Entry>> {
    entries(&database).await
}

/// A table or a view: its columns, keys and indexes.
#[resource("db://tables/{schema}/{table}", mime = "application/json")]
async fn table(
    database: State<Database>,
    #[arg(raw, complete = schemas)] schema: &str,
    #[arg(raw, complete = tables_of)] table: &str,
) -> Result<Option<Description>> {
    description(&database, schema, table).await
}

async fn schemas(typed: String, database: State<Database>) -> Result<Vec<String>> {
    let mut schemas: Vec<String> = entries(&database).await?.into_iter().map(|entry| entry.schema).collect();
    schemas.dedup();
    schemas.retain(|schema| schema.starts_with(&typed));
    Ok(schemas)
}

async fn tables_of(completing: Completing, database: State<Database>) -> Result<Vec<String>> {
    let fits = |entry: &Entry| {
        completing.argument("schema").is_none_or(|schema| schema == entry.schema)
            && entry.name.starts_with(completing.value())
    };
    Ok(entries(&database).await?.into_iter().filter(fits).map(|entry| entry.name).collect())
}

/// The tables and views that can be read.
///
/// # Errors
/// What the engine says.
pub async fn entries(database: &Database) -> Result<Vec<Entry>> {
    let table = database.query(sql(database).tables, Params::default(), MOST).await?;
    let text = |row: &[Value], at: usize| row.get(at).and_then(Value::as_str).unwrap_or_default().to_owned();
    Ok(table.rows.iter().map(|row| Entry { schema: text(row, 0), name: text(row, 1), kind: text(row, 2) }).collect())
}

/// What a table looks like; `None` if there is none.
///
/// # Errors
/// What the engine says.
pub async fn description(database: &Database, schema: &str, name: &str) -> Result<Option<Description>> {
    if [schema, name].iter().any(|name| name.contains('\0')) {
        // SQLite would read the name as far as that, and PostgreSQL has no such text.
        return Ok(None);
    }
    let sql = sql(database);
    let names = || Params::texts([schema, name]);
    let found = database.query(sql.columns, names(), MOST).await?;
    let columns: Vec<Column> = found.rows.iter().filter_map(|row| column(row)).collect();
    if columns.is_empty() {
        return Ok(None);
    }
    let foreign_keys = database.query(sql.foreign_keys, names(), MOST).await?.texts(0).map(str::to_owned).collect();
    let indexes = database.query(sql.indexes, names(), MOST).await?.texts(0).map(str::to_owned).collect();
    Ok(Some(Description { schema: schema.to_owned(), name: name.to_owned(), columns, foreign_keys, indexes }))
}

fn column(row: &[Value]) -> Option<Column> {
    let [name, r#type, nullable, default, key] = row else {
        return None;
    };
    // SQLite has 1 for true.
    let holds = |value: &Value| value == &Value::Bool(true) || value == &Value::from(1);
    Some(Column {
        name: name.as_str()?.to_owned(),
        r#type: r#type.as_str()?.to_owned(),
        nullable: holds(nullable),
        default: default.as_str().map(str::to_owned),
        primary_key: holds(key),
    })
}

fn sql(database: &Database) -> &'static Sql {
    match database {
        Database::Sqlite(_) => &SQLITE,
        #[cfg(feature = "postgres")]
        Database::Postgres(_) => &POSTGRES,
    }
}
