//! What the connections of a server share.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::registry::Catalog;

/// How long calls in flight may go on when a connection or the process ends.
pub(crate) const GRACE: Duration = Duration::from_secs(4);

/// What the connections of a server share: what it offers.
#[derive(Debug)]
pub(crate) struct Core {
    catalog: ArcSwap<Catalog>,
    /// Held by who changes the catalog; who reads it does not see this.
    changing: Mutex<()>,
}

impl Core {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Self { catalog: ArcSwap::from_pointee(catalog), changing: Mutex::default() }
    }

    /// What is offered right now. Reading it takes no lock.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.catalog.load_full()
    }

    /// Offers something else from now on, made from what is offered now. Calls that are running keep what they began with.
    /// Changes are made one after the other.
    pub(crate) fn change<E>(&self, change: impl FnOnce(&Catalog) -> Result<Catalog, E>) -> Result<(), E> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = change(&self.catalog())?;
        self.catalog.store(Arc::new(changed));
        Ok(())
    }
}
