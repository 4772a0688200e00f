//! What the connections of a server share.

use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::registry::Catalog;

/// How long calls in flight may go on when a connection or the process ends.
pub(crate) const GRACE: Duration = Duration::from_secs(4);

/// What the connections of a server share: what it offers.
#[derive(Debug)]
pub(crate) struct Core(ArcSwap<Catalog>);

impl Core {
    pub(crate) fn new(catalog: Catalog) -> Self {
        Self(ArcSwap::from_pointee(catalog))
    }

    /// What is offered right now. Reading it takes no lock.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.0.load_full()
    }

    /// What is said to `initialize`.
    #[cfg(feature = "http")]
    pub(crate) fn greeting(&self) -> Arc<mcp_proto::engine::Greeting> {
        Arc::new(self.catalog().greeting())
    }

    /// Offers something else from now on. Calls that are running keep what they began with.
    pub(crate) fn replace(&self, catalog: Catalog) {
        self.0.store(Arc::new(catalog));
    }
}
