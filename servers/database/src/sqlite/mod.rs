//! SQLite: a file that is opened for reading only.

mod authorizer;
mod connection;

use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use mcp_runtime::prelude::*;
use rusqlite::Connection;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use self::connection::Stop;
use crate::database::{Limits, Params};
use crate::table::Table;

/// A file of SQLite.
pub struct Sqlite {
    path: PathBuf,
    limits: Limits,
    permits: Arc<Semaphore>,
    /// Connections that nobody uses.
    idle: Arc<Mutex<Vec<Connection>>>,
}

impl Sqlite {
    /// # Errors
    /// There is no such file, or it is no database.
    pub async fn open(path: &str, limits: Limits, connections: usize) -> Result<Self> {
        // An absolute path is never taken for a URL with settings of its own.
        let absolute = std::path::absolute(path).map_err(|why| Error::new(format!("{path}: {why}")))?;
        let permits = Arc::new(Semaphore::new(connections));
        let sqlite = Self { path: absolute, limits, permits, idle: Arc::default() };
        let works = sqlite.run(connection::query_schema).await;
        works.map_err(|why| Error::new(format!("{path}: {why}")))?;
        Ok(sqlite)
    }

    pub async fn query(&self, sql: &str, params: Params, rows: usize) -> Result<Table> {
        let (sql, limits) = (sql.to_owned(), self.limits);
        let rows = rows.min(limits.rows);
        self.run(move |connection| connection::query(connection, &sql, &params, rows, limits.bytes)).await
    }

    pub async fn prepare(&self, sql: &str) -> Result<usize> {
        let sql = sql.to_owned();
        self.run(move |connection| connection::parameters(connection, &sql)).await
    }

    /// Does something with a connection, on a thread of its own. It is interrupted when its time is up, and when the future is
    /// dropped because the client has cancelled the call.
    async fn run<T: Send + 'static>(&self, work: impl FnOnce(&Connection) -> Result<T> + Send + 'static) -> Result<T> {
        let stop = Stop::default();
        // Whatever ends this future ends the query.
        let _guard = stop.guard();
        let working = async {
            let permit = Arc::clone(&self.permits).acquire_owned().await?;
            let borrowed = Borrowed::new(self, permit);
            let stop = stop.clone();
            let done = spawn_blocking(move || {
                let mut borrowed = borrowed;
                let connection = borrowed.connection()?;
                stop.watch(connection)?;
                let done = work(connection);
                stop.forget(connection);
                done
            });
            done.await.map_err(Error::internal)?
        };
        timeout(self.limits.time, working).await.map_err(|_| self.limits.late())?
    }
}

/// A connection that goes back to the others, and whose permit goes with it.
struct Borrowed {
    path: PathBuf,
    value_bytes: usize,
    connection: Option<Connection>,
    idle: Arc<Mutex<Vec<Connection>>>,
    _permit: OwnedSemaphorePermit,
}

impl Borrowed {
    fn new(sqlite: &Sqlite, permit: OwnedSemaphorePermit) -> Self {
        let connection = sqlite.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let value_bytes = sqlite.limits.bytes;
        let (path, idle) = (sqlite.path.clone(), Arc::clone(&sqlite.idle));
        Self { path, value_bytes, connection, idle, _permit: permit }
    }

    fn connection(&mut self) -> Result<&Connection> {
        let connection = match self.connection.take() {
            Some(connection) => connection,
            None => connection::open(&self.path, self.value_bytes)?,
        };
        Ok(self.connection.insert(connection))
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(connection);
        }
    }
}
