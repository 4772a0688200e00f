//! Duplicates of a round that is being run: they wait for its answer.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use mcp_proto::wire::RpcError;
use serde_json::json;

use crate::call::Outlet;

/// The duplicates that wait, and how many may.
#[derive(Debug)]
pub(crate) struct Duplicates {
    /// How many wait, by round.
    waiting: Mutex<HashMap<Box<str>, usize>>,
    /// The most for one round.
    most: usize,
}

impl Duplicates {
    /// A client sends a round again when it believes that the answer was lost: one request at a time. Each duplicate keeps
    /// its request in memory.
    pub(crate) const MOST: usize = 8;

    pub(crate) fn new(most: usize) -> Self {
        Self { waiting: Mutex::default(), most }
    }

    /// Begins to wait for the run of a round. Until the guard is dropped, the duplicate's permit may be used by others.
    ///
    /// # Errors
    /// If as many duplicates as are allowed wait for it already.
    pub(super) fn wait<'a>(
        this: &Arc<Self>,
        round: &'a str,
        outlet: &'a Arc<dyn Outlet>,
    ) -> Result<Waits<'a>, RpcError> {
        {
            let mut waiting = this.lock();
            let count = waiting.get(round).copied().unwrap_or_default();
            if count >= this.most {
                return Err(too_many(count));
            }
            waiting.insert(round.into(), count + 1);
        }
        outlet.begin_waiting();
        Ok(Waits { duplicates: Arc::clone(this), round, outlet })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Box<str>, usize>> {
        // What the lock guards is changed by our own code alone, which does not panic half-way.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Duplicates {
    fn default() -> Self {
        Self::new(Self::MOST)
    }
}

/// A duplicate that waits.
pub(super) struct Waits<'a> {
    duplicates: Arc<Duplicates>,
    round: &'a str,
    outlet: &'a Arc<dyn Outlet>,
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.outlet.end_waiting();
        let mut waiting = self.duplicates.lock();
        if let Some(count) = waiting.get_mut(self.round) {
            *count -= 1;
            if *count == 0 {
                waiting.remove(self.round);
            }
        }
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
