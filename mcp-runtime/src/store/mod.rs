//! What a server keeps beyond a call, where several instances could share it.

mod memory;
mod sealed;

pub(crate) use memory::Memory;
pub(crate) use sealed::Sealed;
#[cfg(test)]
pub(crate) use sealed::tests::InTheOpen;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use bytes::Bytes;

/// What a store answers, in its own time.
pub(crate) type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A store of values under keys, each for a while.
pub(crate) trait Backend: fmt::Debug + Send + Sync {
    /// Puts `to` in the place of `from`, where nothing is `None`, and keeps it for as long as `keep` says. Where there is too
    /// little room, the owner of most values loses the oldest.
    ///
    /// # Errors
    /// What is there, if it is not `from`.
    fn swap<'a>(
        &'a self,
        key: &'a str,
        owner: &'a str,
        from: Option<&'a Bytes>,
        to: Option<Bytes>,
        keep: Duration,
    ) -> Pending<'a, Result<(), Option<Bytes>>>;

    /// How many values there are, and how many bytes they have together.
    fn held(&self) -> (u64, u64);

    /// Waits until what is there is not `from`, and gives it.
    fn changed<'a>(&'a self, key: &'a str, from: &'a Bytes) -> Pending<'a, Option<Bytes>>;
}
