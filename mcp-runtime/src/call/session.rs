//! The session that a call belongs to, and what is kept with it.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::ask::Asker;
use super::contain::discard;
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
    /// The session that the call belongs to. Requests of 2026-07-28 stand alone, and have none.
    pub fn session(&self) -> Option<Session> {
        Some(Session(self.inner().caller.asker.as_ref()?.upgrade()?)).filter(|_| self.inner().terms.session.is_some())
    }
}

/// What is kept with a session, one value of a type. Most sessions keep nothing.
#[derive(Default)]
pub(crate) struct Values(OnceLock<Box<Mutex<ByType>>>);

type ByType = HashMap<TypeId, Arc<dyn Any + Send + Sync>>;

impl Drop for Values {
    fn drop(&mut self) {
        let values = self.0.get_mut().map(|values| std::mem::take(&mut **values).into_inner());
        // Each for itself: what one does when it is dropped is nothing to the others.
        values.into_iter().flat_map(|values| values.unwrap_or_else(PoisonError::into_inner)).for_each(discard);
    }
}

impl Values {
    fn get<T: Default + Send + Sync + 'static>(&self) -> Arc<T> {
        let values = self.0.get_or_init(Box::default);
        let lock = || values.lock().unwrap_or_else(PoisonError::into_inner);
        let found = lock().get(&TypeId::of::<T>()).map(Arc::clone);
        // Not under the lock: what makes a `T` is the program's own code, and may ask for other values of the session.
        let value = found.unwrap_or_else(|| {
            let made: Arc<dyn Any + Send + Sync> = Arc::<T>::default();
            Arc::clone(lock().entry(TypeId::of::<T>()).or_insert_with(|| Arc::clone(&made)))
        });
        // What is kept under a type's id is of that type.
        value.downcast().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    thread_local! {
        static SESSION: RefCell<Arc<Values>> = RefCell::default();
    }

    #[derive(Default)]
    struct Inner(u8);

    /// Wants another value of the session while it is made.
    struct Outer(Arc<Inner>);

    impl Default for Outer {
        fn default() -> Self {
            Self(SESSION.with_borrow(Arc::clone).get())
        }
    }

    #[test]
    fn a_value_may_ask_for_another_while_it_is_made() {
        let values = SESSION.with_borrow(Arc::clone);
        let outer = values.get::<Outer>();
        assert!(Arc::ptr_eq(&outer.0, &values.get::<Inner>()));
        assert!(Arc::ptr_eq(&outer, &values.get::<Outer>()));
        assert_eq!(outer.0.0, 0);
    }
}
