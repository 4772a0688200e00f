//! Steps that run once, with the error of handlers.

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Error;
use crate::call::Ctx;

impl Ctx {
    /// Runs a step once, however often [questions](Self::ask) make the call run again: the step's value is kept, and returned
    /// the next time. Only an `Ok` value is kept. The value travels with the client, sealed, so it should be small.
    ///
    /// # How often the step runs
    /// | | The step runs |
    /// | --- | --- |
    /// | in a session | once: the call runs once |
    /// | without a session, from round to round | once: the next round has its value |
    /// | when a round from the second on is sent again, because its answer was lost | once: the server has a record of the round, and gives the same answer. While the round runs, the same round waits. If the call was cut off, the step is finished and not run again |
    /// | when the first round is sent again | **at least once**: it looks like a new call |
    /// | when the record is gone: the process has ended, another process is asked (each has its own records), more than 64 MiB of rounds came since, or the [expiry](crate::ServerBuilder::state_expiry) is over | **at least once**; after the expiry the round is refused |
    /// | when it fails, panics, or goes on for a minute after its call was cut off | again, when the handler reaches it again |
    ///
    /// So ask before a step that must not happen twice, and send an idempotency key of your own with it. Within a step nothing
    /// can be asked.
    ///
    /// ```
    /// use mcp_runtime::prelude::*;
    ///
    /// # async fn reserve(_: &str) -> Result<u64, std::io::Error> { Ok(7) }
    /// /// Reserves a table.
    /// #[tool]
    /// async fn book(ctx: &Ctx, place: &str) -> Result<u64, Error> {
    ///     let key = ctx.once("key", async || Ok(format!("key of {place}"))).await?;
    ///     ctx.once("reserve", async || Ok(reserve(&key).await?)).await
    /// }
    /// ```
    ///
    /// A step whose error must stay of its own type, because it has [`IntoError`](crate::IntoError) or the function returns it,
    /// is run by [`try_once`](Self::try_once).
    ///
    /// # Errors
    /// The error of the step.
    ///
    /// # Panics
    /// In a task that outlives the call, where a key is used twice or a value cannot be kept. The call itself ends with an error
    /// then, before the function could go on.
    pub async fn once<T, F>(&self, key: &str, step: F) -> Result<T, Error>
    where
        T: Serialize + DeserializeOwned,
        F: AsyncFnOnce() -> Result<T, Error>,
    {
        self.try_once(key, step).await
    }
}
