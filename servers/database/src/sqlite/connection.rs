//! One connection: how it is opened, and how statements run on it.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mcp_runtime::prelude::*;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, InterruptHandle, OpenFlags, Statement, ffi};
use serde_json::Value;

use super::authorizer::authorize;
use crate::database::Params;
use crate::table::{Filling, Table, hexadecimal, real};

/// What SQLite may use of memory, in all connections together.
const HEAP_BYTES: u32 = 256 * 1024 * 1024;
/// The most bytes of a statement.
const SQL_BYTES: i32 = 64 * 1024;
/// The most parameters of a statement.
const MOST_PARAMS: usize = 1000;
/// How many steps of its machine a statement takes before it is asked whether to stop: a few microseconds.
const STEPS: i32 = 1000;

/// Opens a file. The order counts: once the authorizer is there, nothing can be set any more.
///
/// # Errors
/// It cannot be opened.
pub fn open(path: &Path, value_bytes: usize) -> Result<Connection> {
    // Only one thread at a time has a connection, so SQLite need not lock it.
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(told)?;
    let setting = || {
        // A file that somebody prepared must not be able to do more than the statement.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        // A misspelt "column" is an error, and not a text.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
        let value_bytes = i32::try_from(value_bytes).unwrap_or(i32::MAX).max(64 * 1024);
        for (limit, most) in [
            (Limit::SQLITE_LIMIT_ATTACHED, 0),
            (Limit::SQLITE_LIMIT_COLUMN, 1000),
            (Limit::SQLITE_LIMIT_COMPOUND_SELECT, 100),
            (Limit::SQLITE_LIMIT_EXPR_DEPTH, 200),
            (Limit::SQLITE_LIMIT_LENGTH, value_bytes),
            (Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000),
            (Limit::SQLITE_LIMIT_SQL_LENGTH, SQL_BYTES),
            (Limit::SQLITE_LIMIT_VARIABLE_NUMBER, 1000),
            (Limit::SQLITE_LIMIT_WORKER_THREADS, 0),
        ] {
            connection.set_limit(limit, most)?;
        }
        // What is sorted stays in memory, whose size is limited, so that no query fills a disk.
        connection.execute_batch(&format!(
            "PRAGMA temp_store = MEMORY; PRAGMA hard_heap_limit = {HEAP_BYTES}; PRAGMA cell_size_check = ON; \
             PRAGMA mmap_size = 0; PRAGMA query_only = ON;"
        ))?;
        connection.authorizer(Some(authorize))
    };
    setting().map_err(told)?;
    Ok(connection)
}

/// Reads the schema, which fails if the file is no database.
///
/// # Errors
/// It is none.
pub fn query_schema(connection: &Connection) -> Result<()> {
    connection.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(())).map_err(told)
}

/// Runs a statement and reads what comes of it, within limits.
///
/// # Errors
/// What SQLite says.
pub fn query(connection: &Connection, sql: &str, params: &Params, rows: usize, bytes: usize) -> Result<Table> {
    let mut statement = prepare(connection, sql)?;
    let places = places(&statement)?;
    params.fit(wanted(&places))?;
    for (index, place) in places.into_iter().enumerate() {
        let value = params.values().get(place - 1).unwrap_or(&Value::Null);
        bind(&mut statement, index + 1, value).map_err(told)?;
    }
    let columns: Vec<String> = statement.column_names().into_iter().map(str::to_owned).collect();
    let count = columns.len();
    let mut filling = Filling::new(columns, rows, bytes);
    let mut found = statement.raw_query();
    while let Some(row) = found.next().map_err(told)? {
        let values = (0..count).map(|column| row.get_ref(column).map(json));
        if !filling.push(values.collect::<rusqlite::Result<_>>().map_err(told)?) {
            break;
        }
    }
    Ok(filling.finish())
}

/// How many parameters a statement has.
///
/// # Errors
/// What SQLite says.
pub fn parameters(connection: &Connection, sql: &str) -> Result<usize> {
    Ok(wanted(&places(&prepare(connection, sql)?)?))
}

/// Which of the values each parameter stands for, from 1. SQLite itself takes `$2` for a name like any other, and numbers names in the
/// order in which they appear.
fn places(statement: &Statement<'_>) -> Result<Vec<usize>> {
    let place = |index: usize| {
        let Some(name) = statement.parameter_name(index) else {
            return Ok(index);
        };
        let number = name.strip_prefix(['$', '?']).and_then(|number| number.parse().ok());
        let number = number.filter(|number| (1..=MOST_PARAMS).contains(number));
        number.ok_or_else(|| Error::invalid(format!("{name}: write parameters as $1, $2 …")))
    };
    // A gap, such as the first of two where only `?2` is used, has no name.
    (1..=statement.parameter_count()).map(place).collect()
}

/// How many values that are.
fn wanted(places: &[usize]) -> usize {
    places.iter().copied().max().unwrap_or_default()
}

fn prepare<'a>(connection: &'a Connection, sql: &str) -> Result<Statement<'a>> {
    let statement = connection.prepare(sql).map_err(told)?;
    // SQLite's own view, besides the authorizer's.
    if !statement.readonly() {
        return Err(Error::new("the statement would change the database, which can only be read"));
    }
    if statement.column_count() == 0 {
        return Err(Error::new("the statement reads nothing: write a SELECT"));
    }
    Ok(statement)
}

fn bind(statement: &mut Statement<'_>, index: usize, value: &Value) -> rusqlite::Result<()> {
    match value {
        Value::Bool(value) => statement.raw_bind_parameter(index, value),
        Value::Number(number) => match (number.as_i64(), number.as_f64()) {
            (Some(number), _) => statement.raw_bind_parameter(index, number),
            (None, number) => statement.raw_bind_parameter(index, number),
        },
        Value::String(text) => statement.raw_bind_parameter(index, text),
        _ => statement.raw_bind_parameter(index, rusqlite::types::Null),
    }
}

fn json(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => number.into(),
        ValueRef::Real(number) => real(number),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into(),
        ValueRef::Blob(bytes) => hexadecimal(bytes).into(),
    }
}

/// What SQLite says, in words that help a model.
fn told(error: rusqlite::Error) -> Error {
    match &error {
        rusqlite::Error::MultipleStatement => Error::new("there is more than one statement: send them one by one"),
        rusqlite::Error::SqliteFailure(failure, _) if failure.extended_code == ffi::SQLITE_AUTH => {
            Error::new("not allowed: the database can only be read")
        }
        rusqlite::Error::SqliteFailure(failure, _) => match failure.code {
            rusqlite::ErrorCode::OperationInterrupted => Error::new("the query was stopped"),
            rusqlite::ErrorCode::OutOfMemory => Error::new("the query needs too much memory: ask for less"),
            rusqlite::ErrorCode::TooBig => Error::new("a value is too long: ask for a part of it"),
            _ => Error::new(error),
        },
        _ => Error::new(error),
    }
}

/// Says that a query should end. It can be said before the query has begun, and from any thread.
#[derive(Clone, Default)]
pub struct Stop(Arc<Inner>);

#[derive(Default)]
struct Inner {
    is_over: AtomicBool,
    handle: Mutex<Option<InterruptHandle>>,
}

/// Stops the query when it is dropped.
pub struct Guard(Stop);

impl Stop {
    pub fn guard(&self) -> Guard {
        Guard(self.clone())
    }

    /// Has a connection ask whether to stop while it works.
    ///
    /// # Errors
    /// What SQLite says.
    pub fn watch(&self, connection: &Connection) -> Result<()> {
        let inner = Arc::clone(&self.0);
        let is_over = move || inner.is_over.load(Ordering::Relaxed);
        connection.progress_handler(STEPS, Some(is_over)).map_err(told)?;
        *self.handle() = Some(connection.get_interrupt_handle());
        Ok(())
    }

    /// Ends what `watch` has begun: the connection will work for others.
    pub fn forget(&self, connection: &Connection) {
        *self.handle() = None;
        let _ = connection.progress_handler(0, None::<fn() -> bool>);
    }

    fn handle(&self) -> std::sync::MutexGuard<'_, Option<InterruptHandle>> {
        self.0.handle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.0.0.is_over.store(true, Ordering::Relaxed);
        // It reaches into what is long between two steps, such as sorting. The lock keeps it from a query of somebody else.
        if let Some(handle) = &*self.0.handle() {
            handle.interrupt();
        }
    }
}
