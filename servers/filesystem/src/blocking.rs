//! Work that waits for a disk, on threads for that.

use mcp_runtime::prelude::*;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

/// How many calls may wait for a disk at once.
static PERMITS: Semaphore = Semaphore::const_new(16);

/// Runs a function on a thread of its own.
///
/// # Errors
/// As the function.
pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let permit = PERMITS.acquire().await.map_err(Error::internal)?;
    let done = spawn_blocking(move || {
        let _permit = permit;
        work()
    });
    done.await.map_err(Error::internal)?
}
