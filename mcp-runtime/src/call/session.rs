//! The session that a call belongs to.

use std::fmt;
use std::sync::Arc;

use super::ask::Asker;
use super::ctx::Ctx;

/// The session that a call belongs to: what a client opened with `initialize`, up to 2025-11-25.
///
/// ```
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use mcp_runtime::prelude::*;
///
/// /// Counts the calls of one session.
/// #[tool]
/// fn count(ctx: &Ctx) -> Result<u32, Error> {
///     let session = ctx.session().ok_or_else(|| Error::new("this needs a session"))?;
///     Ok(session.value::<AtomicU32>().fetch_add(1, Ordering::Relaxed) + 1)
/// }
/// ```
#[derive(Clone)]
pub struct Session(Arc<dyn Asker>);

impl Session {
    /// What tells it from all others: the `Mcp-Session-Id` on HTTP, a text of its own elsewhere.
    pub fn id(&self) -> String {
        self.0.session_id()
    }

    /// The session's own `T`, made when it is first asked for, and dropped with the session.
    pub fn value<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        self.0.values().get()
    }
}

impl fmt::Debug for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever has the id of a session on HTTP can be taken for its client.
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

impl Ctx {
    /// What tells the session, or the connection of a client without one, from all others; `None` on HTTP without sessions, where each
    /// request may be anybody's.
    pub(crate) fn connection_id(&self) -> Option<String> {
        Some(self.root().inner().caller.asker.as_ref()?.upgrade()?.session_id())
    }

    /// The session that the call belongs to. Requests of 2026-07-28 stand alone, and have none.
    pub fn session(&self) -> Option<Session> {
        Some(Session(self.inner().caller.asker.as_ref()?.upgrade()?)).filter(|_| self.inner().terms.session.is_some())
    }
}
