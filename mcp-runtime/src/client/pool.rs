//! Many clients, few connections.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use tokio::time::Instant;

use super::Client;
use super::builder::ClientBuilder;
use super::error::ClientError;
use super::target::Target;
use crate::lock::Lock;

/// Clients by what they connect to and for whom: what is scarce is processes and sessions. At most so many are connected; the
/// one that has been idle longest makes room, and one that has lost its connection opens another.
///
/// ```
/// use mcp_runtime::client::{Client, Pool};
///
/// # async fn example() -> Result<(), mcp_runtime::client::ClientError> {
/// let pool = Pool::new(16, Client::builder());
/// let client = pool.get("ada", "http://127.0.0.1:3000/mcp").await?;
/// let tools = client.tools().await?;
/// // The same again: the same connection.
/// let same = pool.get("ada", "http://127.0.0.1:3000/mcp").await?;
/// pool.close().await;
/// # Ok(())
/// # }
/// ```
pub struct Pool {
    max_connections: usize,
    builder: ClientBuilder,
    clients: Lock<HashMap<(String, String), Pooled>>,
}

struct Pooled {
    client: Client,
    used: Instant,
}

impl Pool {
    /// A pool of at most so many connections, of clients with these settings.
    pub fn new(max_connections: usize, builder: ClientBuilder) -> Self {
        Self { max_connections, builder, clients: Lock::default() }
    }

    /// A client of this target for somebody (`whom`): a connection knows its caller. Targets with other headers are other targets, and
    /// so are programs with other arguments or variables.
    ///
    /// # Errors
    /// All connections are in use; the target cannot be connected twice; or it cannot be connected at all.
    pub async fn get(&self, whom: &str, target: impl Into<Target>) -> Result<Client, ClientError> {
        let target = target.into();
        let key = target.key().ok_or_else(|| ClientError::invalid("a pool is for programs and URLs"))?;
        let (client, gone) = self.take((whom.to_owned(), key), target)?;
        if let Some(gone) = gone {
            gone.close().await;
        }
        client.inner.link().await?;
        Ok(client)
    }

    /// The client, and one that has to go for it.
    fn take(&self, key: (String, String), target: Target) -> Result<(Client, Option<Client>), ClientError> {
        let mut clients = self.clients.lock();
        let used = Instant::now();
        if let Some(pooled) = clients.get_mut(&key) {
            pooled.used = used;
            return Ok((pooled.client.clone(), None));
        }
        let mut gone = None;
        if clients.len() >= self.max_connections {
            let idle = clients.iter().filter(|(_, pooled)| pooled.is_idle());
            let oldest = idle.min_by_key(|(_, pooled)| pooled.used).map(|(key, _)| key.clone());
            let oldest = oldest.ok_or_else(|| {
                ClientError::invalid(format!("all {} connections of the pool are in use", self.max_connections))
            })?;
            gone = clients.remove(&oldest).map(|pooled| pooled.client);
        }
        let client = self.builder.clone().lazy(target);
        clients.insert(key, Pooled { client: client.clone(), used });
        Ok((client, gone))
    }

    /// How many clients there are.
    pub fn len(&self) -> usize {
        self.clients.lock().len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Closes all of them, in good order.
    pub async fn close(&self) {
        let clients = std::mem::take(&mut *self.clients.lock());
        for pooled in clients.into_values() {
            pooled.client.close().await;
        }
    }
}

impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (max_connections, clients) = (self.max_connections, self.len());
        f.debug_struct("Pool")
            .field("max_connections", &max_connections)
            .field("clients", &clients)
            .finish_non_exhaustive()
    }
}

impl Pooled {
    /// Whether nobody else has it, and nothing is asked.
    fn is_idle(&self) -> bool {
        Arc::strong_count(&self.client.inner) == 1 && self.client.in_flight() == 0
    }
}
