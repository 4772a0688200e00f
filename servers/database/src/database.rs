//! The database, whatever its engine.

use std::time::Duration;

use mcp_runtime::prelude::*;
use serde_json::Value;

#[cfg(feature = "postgres")]
use crate::postgres::Postgres;
use crate::sqlite::Sqlite;
use crate::table::Table;

/// What one query may use. Beyond `time` it is cancelled; beyond the others it is not read on.
#[derive(Clone, Copy)]
pub struct Limits {
    pub time: Duration,
    pub rows: usize,
    pub bytes: usize,
}

/// A database that is only read.
pub enum Database {
    Sqlite(Sqlite),
    #[cfg(feature = "postgres")]
    Postgres(Box<Postgres>),
}

impl Limits {
    /// What is said of a query whose time is up.
    pub fn late(&self) -> Error {
        let seconds = self.time.as_secs();
        let unit = if seconds == 1 { "second" } else { "seconds" };
        Error::new(format!("the query took more than {seconds} {unit}: ask for less"))
    }
}

impl Database {
    /// Opens a file of SQLite, or connects to a URL of PostgreSQL.
    ///
    /// # Errors
    /// There is none, or it could be changed.
    pub async fn open(place: &str, limits: Limits, connections: usize) -> Result<Self> {
        if place.starts_with("postgres://") || place.starts_with("postgresql://") {
            #[cfg(feature = "postgres")]
            return Postgres::connect(place, limits, connections)
                .await
                .map(|postgres| Self::Postgres(Box::new(postgres)));
            #[cfg(not(feature = "postgres"))]
            return Err(Error::new("this program was built without PostgreSQL: build it with --features postgres"));
        }
        Sqlite::open(place.strip_prefix("sqlite://").unwrap_or(place), limits, connections).await.map(Self::Sqlite)
    }

    /// What models should know before they write a query.
    pub fn instructions(&self) -> String {
        let engine = if self.is_sqlite() { "SQLite" } else { "PostgreSQL" };
        format!(
            "The database is {engine}, and can only be read. Look at `tables` and `describe` before you write a query. Write \
             values as $1, $2 … and give them as params."
        )
    }

    pub fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Runs one statement. When the future is dropped, so is the query.
    ///
    /// # Errors
    /// What the engine says, or that the query took too long.
    pub async fn query(&self, sql: &str, params: Params, rows: usize) -> Result<Table> {
        match self {
            Self::Sqlite(sqlite) => sqlite.query(sql, params, rows).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.query(sql, params, rows).await,
        }
    }

    /// Looks at a statement without running it, and finds out how many parameters it has.
    ///
    /// # Errors
    /// What the engine says.
    pub async fn prepare(&self, sql: &str) -> Result<usize> {
        match self {
            Self::Sqlite(sqlite) => sqlite.prepare(sql).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.prepare(sql).await,
        }
    }
}

/// Values for `$1`, `$2` …, in this order: texts, numbers, `true` and `false`, `null`.
#[derive(Clone, Debug, Default)]
pub struct Params(Vec<Value>);

impl Params {
    /// # Errors
    /// One of them is a list or an object.
    pub fn new(values: Vec<Value>) -> Result<Self> {
        match values.iter().position(|value| value.is_array() || value.is_object()) {
            Some(at) => Err(Error::invalid(format!("params[{at}] is neither text, a number, true, false nor null"))),
            None => Ok(Self(values)),
        }
    }

    pub fn texts<const N: usize>(values: [&str; N]) -> Self {
        Self(values.iter().map(|value| Value::from(*value)).collect())
    }

    pub fn values(&self) -> &[Value] {
        &self.0
    }

    /// # Errors
    /// A statement has another number of parameters.
    pub fn fit(&self, wanted: usize) -> Result<()> {
        if self.0.len() == wanted {
            return Ok(());
        }
        Err(Error::invalid(format!("the statement has {wanted} parameters, and {} params were given", self.0.len())))
    }
}
