//! What the connections of a server share.

use std::sync::{Arc, Weak};
use std::time::Duration;

use arc_swap::{ArcSwap, Guard};

use super::lifecycle::{Events, Life, ServerState, Told};
#[cfg(feature = "http")]
use super::revoked::Revoked;
use super::stop::Stops;
use super::waiting::{Waiting, Waits};
use crate::budget::Budget;
use crate::bus::WeakList;
use crate::call::Ctx;
use crate::gate::Observers;
use crate::lock::Lock;
use crate::meter::Meters;
use crate::registry::Catalog;

/// How long calls in flight may go on when a connection or the process ends.
pub(crate) const GRACE: Duration = Duration::from_secs(4);

/// What the connections of a server share: what it offers.
#[derive(Debug)]
pub(crate) struct Core {
    catalog: ArcSwap<Catalog>,
    /// The memory that is used for clients.
    budget: Arc<Budget>,
    /// What is counted beside the calls of functions.
    meters: Arc<Meters>,
    observers: Observers,
    /// Where messages wait for clients.
    queues: Lock<WeakList<dyn Waits>>,
    /// Held by who changes the catalog; who reads it does not see this.
    changing: Lock<()>,
    /// What is done once it is served no longer.
    stops: Stops,
    /// Its state, and who is told of it.
    told: Arc<Told>,
    /// Who is not let in any more with what they had.
    #[cfg(feature = "http")]
    revoked: Arc<Revoked>,
}

impl Core {
    pub(crate) fn new(catalog: Catalog) -> Arc<Self> {
        let budget = Arc::clone(&catalog.profile().budget);
        let meters = Arc::clone(&catalog.scope().shared.meters);
        let observers = catalog.profile().observers.clone();
        let core = Arc::new(Self {
            catalog: ArcSwap::from_pointee(catalog),
            budget,
            meters,
            observers,
            queues: Lock::default(),
            changing: Lock::default(),
            stops: Stops::default(),
            told: Arc::default(),
            #[cfg(feature = "http")]
            revoked: Arc::default(),
        });
        let server: Weak<Self> = Arc::downgrade(&core);
        // Nobody else has seen it yet, so that it is set once.
        let _ = core.catalog().scope().server.set(server);
        core
    }

    /// The server that serves a call; `None` in a unit test, or once the server is dropped.
    pub(crate) fn of(ctx: &Ctx) -> Option<Arc<Self>> {
        ctx.scope().server.get()?.upgrade()?.downcast().ok()
    }

    /// The memory that is used for clients.
    pub(crate) fn budget(&self) -> &Arc<Budget> {
        &self.budget
    }

    /// What is counted beside the calls of functions.
    pub(crate) fn meters(&self) -> &Meters {
        &self.meters
    }

    /// Who is told of each request.
    pub(crate) fn observers(&self) -> &Observers {
        &self.observers
    }

    /// Messages may wait here from now on.
    pub(crate) fn add_queue(&self, queue: Weak<dyn Waits>) {
        self.queues.lock().add(queue);
    }

    /// What waits for all clients together.
    pub(crate) fn waiting(&self) -> Waiting {
        let queues = self.queues.lock().living();
        let mut all = Waiting::default();
        queues.iter().for_each(|queue| all += queue.waiting());
        all
    }

    /// Who is not let in any more with what they had.
    #[cfg(feature = "http")]
    pub(crate) fn revoked(&self) -> &Arc<Revoked> {
        &self.revoked
    }

    /// The states of the server and its connections, from now on.
    pub(crate) fn events(&self) -> Events {
        self.told.listen(self.catalog().profile().waiting_events)
    }

    /// It is in this state now.
    pub(crate) fn is_now(&self, state: ServerState) {
        self.told.set(state);
    }

    /// A connection begins.
    pub(crate) fn begin_life(&self, transport: &'static str, peer: Option<Arc<str>>) -> Life {
        Life::begin((Arc::clone(&self.told), Arc::clone(&self.meters)), transport, peer)
    }

    #[cfg(any(feature = "stdio", feature = "http", feature = "streams"))]
    pub(super) fn told(&self) -> &Told {
        &self.told
    }

    pub(super) fn stops(&self) -> &Stops {
        &self.stops
    }

    /// What is offered right now. Reading it takes no lock.
    pub(crate) fn catalog(&self) -> Arc<Catalog> {
        self.catalog.load_full()
    }

    /// The same while a request is read and routed. It does not change the number of owners, which all threads share: each change
    /// takes that number out of the caches of the other threads.
    pub(crate) fn catalog_for_now(&self) -> Guard<Arc<Catalog>> {
        self.catalog.load()
    }

    /// Offers something else from now on, made from what is offered now. Calls that are running keep what they began with.
    /// Changes are made one after the other.
    pub(crate) fn change<E>(&self, change: impl FnOnce(&Catalog) -> Result<Catalog, E>) -> Result<(), E> {
        let _changing = self.changing.lock();
        let changed = change(&self.catalog())?;
        self.catalog.store(Arc::new(changed));
        Ok(())
    }
}
