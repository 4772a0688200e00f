//! Duplicates of a round that is being run: they wait for its answer.

use std::sync::Arc;

use mcp_proto::wire::RpcError;
use serde_json::json;

use crate::call::Outlet;
use crate::tally::{Counted, Tally};

/// The duplicates that wait, and how many may.
#[derive(Debug)]
pub(crate) struct Duplicates {
    /// How many wait, by round.
    waiting: Arc<Tally<Arc<str>>>,
    /// The most for one round.
    most: usize,
}

impl Duplicates {
    /// A client sends a round again when it believes that the answer was lost: one request at a time. Each duplicate keeps
    /// its request in memory.
    pub(crate) const MOST: usize = 8;

    pub(crate) fn new(most: usize) -> Self {
        Self { waiting: Arc::default(), most }
    }

    /// Begins to wait for the run of a round. Until the guard is dropped, the duplicate's permit may be used by others.
    ///
    /// # Errors
    /// If as many duplicates as are allowed wait for it already.
    pub(super) fn wait<'a>(&self, round: &str, outlet: &'a dyn Outlet) -> Result<Waits<'a>, RpcError> {
        let counted = Tally::count(&self.waiting, round.into(), self.most).ok_or_else(|| too_many(self.most))?;
        outlet.begin_waiting();
        Ok(Waits { outlet, _counted: counted })
    }
}

impl Default for Duplicates {
    fn default() -> Self {
        Self::new(Self::MOST)
    }
}

/// A duplicate that waits.
pub(super) struct Waits<'a> {
    outlet: &'a dyn Outlet,
    _counted: Counted<Arc<str>>,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.outlet.end_waiting();
    }
}

/// The request is in order, so it is not at fault: sent again in a moment, it is answered.
fn too_many(waiting: usize) -> RpcError {
    let message = format!(
        "The server is busy: a request with this `requestState` is being served, and {waiting} others wait for its answer; \
         try again in a moment"
    );
    RpcError { message: message.into(), ..RpcError::internal() }.with_data(&json!({ "retryAfter": 1 }))
}
