//! Connections that are kept for the next request, few of them and not for long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep_until, timeout};

use crate::connection::Connection;

/// The most connections that are kept.
const COUNT: usize = 8;
/// How long a connection may take to be ready for the next request, once its last answer has been read.
const PATIENCE: Duration = Duration::from_secs(1);

/// Connections that nobody uses.
pub struct Pool {
    kept: Arc<Mutex<Kept>>,
    /// How long one is kept.
    idle: Duration,
}

#[derive(Default)]
struct Kept {
    /// Each with the instant at which it is closed, the earliest first.
    connections: Vec<(Instant, Connection)>,
    /// Whether a task closes them when it is time.
    is_swept: bool,
}

impl Pool {
    pub fn new(idle: Duration) -> Self {
        Self { kept: Arc::default(), idle }
    }

    /// The connection that was used last, of those that still are one.
    pub async fn take(&self) -> Option<Connection> {
        loop {
            let (end, mut connection) = lock(&self.kept).connections.pop()?;
            if Instant::now() < end && timeout(PATIENCE, connection.ready()).await == Ok(true) {
                return Some(connection);
            }
        }
    }

    /// Keeps a connection whose answer has been read.
    pub fn keep(&self, connection: Connection) {
        if self.idle.is_zero() {
            return;
        }
        let mut kept = lock(&self.kept);
        if kept.connections.len() >= COUNT {
            kept.connections.remove(0);
        }
        kept.connections.push((Instant::now() + self.idle, connection));
        if !kept.is_swept {
            kept.is_swept = true;
            tokio::spawn(sweep(Arc::clone(&self.kept)));
        }
    }
}

/// Closes connections when it is time, until there is none.
async fn sweep(all: Arc<Mutex<Kept>>) {
    loop {
        let next = {
            let mut kept = lock(&all);
            let now = Instant::now();
            kept.connections.retain(|(end, _)| now < *end);
            let Some((next, _)) = kept.connections.first() else {
                kept.is_swept = false;
                return;
            };
            *next
        };
        sleep_until(next).await;
    }
}

fn lock(kept: &Mutex<Kept>) -> MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}
