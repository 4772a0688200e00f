//! One connection: how statements run on it.

use std::time::Duration;

use mcp_runtime::prelude::*;
use tokio::io::AsyncReadExt as _;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage, SimpleQueryRow, Statement};

use super::endpoint::Endpoint;
use super::socket::{Allowance, Socket};
use super::values::{Param, json};
use crate::database::Params;
use crate::table::{Filling, Table};

/// How many rows come at once: they are in memory together.
const BATCH: usize = 100;
/// What a connection may read while it is made, and while it is reset.
const SMALL: usize = 1024 * 1024;
/// How long cancelling a query may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// Of how many roles that reach beyond a database, to files and programs of its machine, ours is one or could become one.
const TOO_MUCH: &str = "
    SELECT count(*) FROM pg_catalog.pg_roles r
    WHERE (r.rolsuper OR r.rolname IN ('pg_read_server_files', 'pg_write_server_files', 'pg_execute_server_program'))
          AND pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER')";

/// A connection. Dropped before it is [`reset`](Self::reset), it has the server cancel what runs.
pub struct Connection {
    /// There until it is dropped.
    client: Option<Client>,
    endpoint: Endpoint,
    /// The most bytes that a statement may send: more than a result has, because values are longer in the protocol.
    bytes: usize,
    allowance: Allowance,
    driver: JoinHandle<()>,
}

impl Connection {
    /// # Errors
    /// Nobody answers, or the server does not let the role in.
    pub async fn open(endpoint: &Endpoint, bytes: usize) -> Result<Self> {
        let allowance = Allowance::default();
        allowance.set(SMALL);
        let socket = Socket::connect(endpoint, &allowance).await;
        let socket = socket.map_err(|why| Error::new(format!("cannot connect to the database: {why}")))?;
        let (client, connection) = endpoint.config.connect_raw(socket, NoTls).await.map_err(told)?;
        let driver = tokio::spawn(async move { drop(connection.await) });
        let bytes = bytes.saturating_mul(4).saturating_add(SMALL);
        Ok(Self { client: Some(client), endpoint: endpoint.clone(), bytes, allowance, driver })
    }

    fn client(&self) -> Result<&Client> {
        self.client.as_ref().ok_or_else(|| Error::internal("there is no connection"))
    }

    /// Begins a transaction that cannot write. A statement of a client runs only in one.
    ///
    /// # Errors
    /// The server has closed the connection.
    pub async fn begin(&self, time: Duration) -> Result<()> {
        self.allowance.set(self.bytes);
        // The snapshot is taken at once: after that the transaction cannot be made one that writes. The server has a clock of its
        // own, in case that nobody is left to cancel the query.
        let time = time.as_millis();
        let words = format!("BEGIN READ ONLY; SET LOCAL statement_timeout = {time}; SELECT 1");
        self.simple(&words).await.map(drop)
    }

    /// Ends the transaction, and what else of the session a statement could have changed: settings, locks, prepared statements.
    /// `None` if the connection is of no more use.
    pub async fn reset(self) -> Option<Self> {
        self.allowance.set(SMALL);
        // It cannot be said together with others.
        for words in ["ROLLBACK", "DISCARD ALL"] {
            self.simple(words).await.ok()?;
        }
        Some(self)
    }

    /// # Errors
    /// The role can do what no transaction keeps it from.
    pub async fn check_role(&self) -> Result<()> {
        let rows = self.simple(TOO_MUCH).await?;
        match rows.first().and_then(|row| row.get(0)) {
            Some("0") => Ok(()),
            _ => Err(Error::new(
                "the role is a superuser, or may use files or programs of the server, from which no read-only transaction \
                 keeps it: connect as a role that may only SELECT",
            )),
        }
    }

    /// How many parameters a statement has.
    ///
    /// # Errors
    /// What the server says.
    pub async fn parameters(&self, sql: &str) -> Result<usize> {
        let wanted = self.prepare(sql).await?.params().len();
        // That it is one that reads is found out without running it: nothing is fetched, and no parameter need have a good value.
        let nothing = Params::new(vec![serde_json::Value::Null; wanted])?;
        self.declare(sql, &nothing).await?;
        Ok(wanted)
    }

    /// Runs a statement and reads what comes of it, within limits.
    ///
    /// # Errors
    /// What the server says.
    pub async fn query(&self, sql: &str, params: &Params, rows: usize, bytes: usize) -> Result<Table> {
        let statement = self.prepare(sql).await?;
        params.fit(statement.params().len())?;
        let kinds: Vec<Type> = statement.columns().iter().map(|column| column.type_().clone()).collect();
        let names = statement.columns().iter().map(|column| column.name().to_owned()).collect();
        self.declare(sql, params).await?;
        let mut filling = Filling::new(names, rows, bytes);
        loop {
            // One more than the table takes, which then says so.
            let fetched = self.simple(&format!("FETCH {BATCH} FROM result")).await?;
            let count = fetched.len();
            for row in fetched {
                let values = kinds.iter().enumerate().map(|(index, kind)| json(row.get(index), kind)).collect();
                if !filling.push(values) {
                    return Ok(filling.finish());
                }
            }
            if count < BATCH {
                return Ok(filling.finish());
            }
        }
    }

    /// How a statement would be run.
    ///
    /// # Errors
    /// What the server says.
    pub async fn explain(&self, sql: &str, params: &Params) -> Result<String> {
        // By itself first: behind EXPLAIN it could begin with options, such as ANALYZE, which runs it.
        params.fit(self.prepare(sql).await?.params().len())?;
        let params: Vec<_> = params.values().iter().map(Param).collect();
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        let rows = self.client()?.query(&format!("EXPLAIN {sql}"), &params).await.map_err(|why| self.told(why))?;
        let lines: Vec<String> = rows.iter().filter_map(|row| row.try_get(0).ok()).collect();
        Ok(lines.join("\n"))
    }

    async fn prepare(&self, sql: &str) -> Result<Statement> {
        // The server takes one statement only.
        self.client()?.prepare(sql).await.map_err(|why| self.told(why))
    }

    /// Opens a cursor, which sends as many rows as it is asked for.
    async fn declare(&self, sql: &str, params: &Params) -> Result<()> {
        let params: Vec<_> = params.values().iter().map(Param).collect();
        let params: Vec<&(dyn ToSql + Sync)> = params.iter().map(|param| param as _).collect();
        let declared = self.client()?.execute(&format!("DECLARE result NO SCROLL CURSOR FOR {sql}"), &params).await;
        match declared {
            // The statement itself has been understood, so it is one of those that a cursor cannot have.
            Err(why) if why.code() == Some(&SqlState::SYNTAX_ERROR) => {
                Err(Error::new("only SELECT, VALUES and WITH … SELECT are run: the database can only be read"))
            }
            declared => declared.map(drop).map_err(|why| self.told(why)),
        }
    }

    /// Runs words of ours, whose rows come as text.
    async fn simple(&self, words: &str) -> Result<Vec<SimpleQueryRow>> {
        let messages = self.client()?.simple_query(words).await.map_err(|why| self.told(why))?;
        let row = |message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        };
        Ok(messages.into_iter().filter_map(row).collect())
    }

    fn told(&self, error: tokio_postgres::Error) -> Error {
        if self.allowance.is_used_up() {
            return Error::new("the result is too long: ask for fewer columns, or for parts of long values");
        }
        told(error)
    }
}

/// What the server says, with its hint.
fn told(error: tokio_postgres::Error) -> Error {
    let Some(said) = error.as_db_error() else {
        return Error::new(error);
    };
    let mut text = said.message().to_owned();
    for more in [said.detail(), said.hint()].into_iter().flatten() {
        text = format!("{text}. {more}");
    }
    Error::new(text)
}

impl Drop for Connection {
    fn drop(&mut self) {
        let Some(client) = self.client.take() else {
            return;
        };
        let token = client.cancel_token();
        self.driver.abort();
        let (endpoint, allowance) = (self.endpoint.clone(), Allowance::default());
        allowance.set(SMALL);
        // The server would go on with a query whose client is gone.
        let cancelling = async move {
            if let Ok(mut socket) = Socket::connect(&endpoint, &allowance).await {
                let _ = token.cancel_query_raw(&mut socket, NoTls).await;
                // The server closes the connection once it has read that; closed before, it might not read it.
                let _ = socket.read_u8().await;
            }
        };
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(timeout(PATIENCE, cancelling));
        }
    }
}
