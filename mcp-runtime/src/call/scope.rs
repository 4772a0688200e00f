//! What all calls of a server share.

use std::any::Any;
use std::sync::{Arc, OnceLock, Weak};

use mcp_proto::Version;
use mcp_proto::era::{Cache, Seal};

use super::ask::{Allowance, Duplicates};
use super::consent::ConsentLimits;
use super::entry::FaultLimits;
use super::steps::Steps;
use super::threads::Blocking;
use crate::budget::{Budget, MEMORY};
use crate::bus::Bus;
use crate::meter::Meters;
use crate::state::States;
use crate::store::{Backend, Memory, Sealed};
use crate::vault::Vault;

/// What all calls of a server share. Made when the server is built.
#[derive(Debug)]
pub(crate) struct Scope {
    /// The server's name.
    pub(crate) name: Box<str>,
    pub(crate) seal: Seal,
    pub(crate) stateful_seal: Seal,
    /// The server itself, which owns this; its type is not known down here.
    pub(crate) server: OnceLock<Weak<dyn Any + Send + Sync>>,
    pub(crate) shared: Shared,
}

/// What calls work with, as the builder has set it up.
#[derive(Clone, Debug)]
pub(crate) struct Shared {
    /// How long what resources hold may be cached.
    pub(crate) read_cache: Cache,
    pub(crate) states: States,
    pub(crate) bus: Arc<Bus>,
    /// What request states are sealed with.
    pub(crate) vault: Arc<Vault>,
    /// What is allowed to calls that ask.
    pub(crate) asking: Allowance,
    /// How the consent of people is asked for and remembered.
    pub(crate) consent: ConsentLimits,
    /// Where the rounds of such calls are recorded, and what else outlives a call.
    pub(crate) store: Arc<dyn Backend>,
    /// Requests that wait for the answer of a round that another one runs.
    pub(crate) duplicates: Arc<Duplicates>,
    /// How much is told of what is wrong with a call's arguments.
    pub(crate) faults: FaultLimits,
    /// The threads of functions that block.
    pub(crate) blocking: Arc<Blocking>,
    /// The steps that go on after their calls.
    pub(crate) steps: Arc<Steps>,
    /// What is counted beside the calls of functions.
    pub(crate) meters: Arc<Meters>,
}

impl Shared {
    /// What there is by default. Records are charged to this budget.
    pub(crate) fn new(budget: &Arc<Budget>) -> Self {
        Self {
            // What a resource holds is the function's business; it may change at any time and be anybody's.
            read_cache: Cache::NONE,
            states: States::default(),
            bus: Arc::default(),
            vault: Arc::default(),
            asking: Allowance::default(),
            consent: ConsentLimits::default(),
            store: Arc::new(Memory::new(budget)),
            duplicates: Arc::default(),
            faults: FaultLimits::default(),
            blocking: Arc::default(),
            steps: Arc::default(),
            meters: Arc::default(),
        }
    }

    /// The same, with a store whose values are sealed if there are keys that outlive the process.
    pub(crate) fn sealed_at_rest(mut self) -> Self {
        if self.vault.is_given_keys() {
            self.store = Arc::new(Sealed::new(self.store, Arc::clone(&self.vault)));
        }
        self
    }
}

impl Scope {
    /// What a result carries because of its revision.
    pub(crate) fn seal(&self, version: Version) -> &Seal {
        if version.has_sealed_results() { &self.seal } else { &self.stateful_seal }
    }
}

impl Default for Scope {
    fn default() -> Self {
        Self {
            name: Box::default(),
            seal: Seal::stateful(),
            stateful_seal: Seal::stateful(),
            server: OnceLock::new(),
            shared: Shared::new(&Budget::new(MEMORY)),
        }
    }
}
