//! PostgreSQL: each query in a transaction of its own that is read only, and rolled back.

mod connection;
mod endpoint;
mod socket;
mod tls;
mod values;

use std::sync::{Mutex, PoisonError};

use mcp_runtime::prelude::*;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use self::connection::Connection;
use self::endpoint::Endpoint;
use crate::database::{Limits, Params};
use crate::table::Table;

/// A server of PostgreSQL.
pub struct Postgres {
    endpoint: Endpoint,
    limits: Limits,
    permits: Semaphore,
    /// Connections that nobody uses.
    idle: Mutex<Vec<Connection>>,
}

impl Postgres {
    /// # Errors
    /// The URL is none, nobody answers there, or the role may do too much.
    pub async fn connect(url: &str, limits: Limits, connections: usize) -> Result<Self> {
        let endpoint = Endpoint::read(url)?;
        let permits = Semaphore::new(connections);
        let postgres = Self { endpoint, limits, permits, idle: Mutex::default() };
        postgres.run(async |connection| connection.check_role().await).await?;
        Ok(postgres)
    }

    pub async fn query(&self, sql: &str, params: Params, rows: usize) -> Result<Table> {
        let (rows, bytes) = (rows.min(self.limits.rows), self.limits.bytes);
        self.run(async |connection| connection.query(sql, &params, rows, bytes).await).await
    }

    pub async fn prepare(&self, sql: &str) -> Result<usize> {
        self.run(async |connection| connection.parameters(sql).await).await
    }

    pub async fn explain(&self, sql: &str, params: Params) -> Result<String> {
        self.run(async |connection| connection.explain(sql, &params).await).await
    }

    /// Does something with a connection. Where it does not end by itself, because its time is up or the client has cancelled the
    /// call, the connection cancels its query and is closed.
    async fn run<T>(&self, work: impl AsyncFnOnce(&Connection) -> Result<T>) -> Result<T> {
        let working = async {
            let _permit = self.permits.acquire().await?;
            let connection = self.connection().await?;
            let done = work(&connection).await;
            if let Some(connection) = connection.reset().await {
                self.idle().push(connection);
            }
            done
        };
        timeout(self.limits.time, working).await.map_err(|_| self.limits.late())?
    }

    /// A connection whose transaction has begun.
    async fn connection(&self) -> Result<Connection> {
        // Those that the server has closed meanwhile are left.
        loop {
            let Some(idle) = self.idle().pop() else {
                break;
            };
            if idle.begin(self.limits.time).await.is_ok() {
                return Ok(idle);
            }
        }
        let connection = Connection::open(&self.endpoint, self.limits.bytes).await?;
        connection.begin(self.limits.time).await?;
        Ok(connection)
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
