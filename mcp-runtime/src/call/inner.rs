//! What is known of a call, behind its context.

use std::sync::atomic::AtomicBool;
#[cfg(feature = "layers")]
use std::sync::atomic::AtomicU32;
use std::sync::{Arc, OnceLock};

use mcp_proto::engine::CallKey;
use mcp_proto::era::Terms;
use mcp_proto::types::Values;
use mcp_proto::wire::{Method, Request};

use super::ask::Dialogue;
use super::caller::HeldCaller;
use super::cancel::Latch;
use super::consent::ConsentLog;
use super::ctx::Ctx;
use super::driver::Driver;
use super::entry::Entry;
use super::facts::Extensions;
use super::failed::Failed;
use super::highest::Highest;
use super::home::Home;
#[cfg(feature = "auth")]
use super::ruling::{Ruled, Ruling};
use super::within::Within;
use crate::meter::{Counters, Ending, Tick};

/// What is known of a call.
pub(crate) struct Inner {
    pub(crate) request: Box<Request>,
    pub(crate) terms: Terms,
    pub(crate) key: CallKey,
    pub(crate) entry: Option<Arc<Entry>>,
    pub(crate) variables: Values,
    pub(crate) home: Arc<dyn Home>,
    pub(crate) caller: HeldCaller,
    /// What layers have put in for the function.
    pub(crate) extensions: OnceLock<Box<Extensions>>,
    /// The call that has made this one, if it was not a client.
    pub(crate) within: Option<Box<Within>>,
    /// Nobody wants this run of the call any more: its time is over, or the call was withdrawn.
    pub(crate) cancelled: Latch,
    /// Nobody wants the call any more, so that layers do not run it again.
    pub(crate) withdrawn: AtomicBool,
    pub(crate) highest: Highest,
    /// The first run of the call, if this is another one: how far it has come, and with what it has failed, is noted there.
    pub(crate) first_run: Option<Ctx>,
    /// What the function has failed with, last.
    pub(crate) failed: Failed,
    /// The arguments with their leniencies made good, once there was one.
    pub(crate) amended: OnceLock<Box<str>>,
    /// What was asked, once something is.
    pub(crate) dialogue: OnceLock<Box<Dialogue>>,
    /// What was decided of it, where its function needs the consent of a person.
    pub(crate) consent: OnceLock<Arc<ConsentLog>>,
    /// When it began, at its counters.
    pub(crate) counted: Option<Tick>,
    /// How many questions were asked, if a layer wants to know.
    #[cfg(feature = "layers")]
    pub(crate) questions: OnceLock<Arc<AtomicU32>>,
    /// What was decided of it, if the audit log wants to know.
    #[cfg(feature = "auth")]
    pub(crate) ruling: Option<Ruling>,
    /// The task that drives the call.
    pub(crate) driver: Driver,
}

impl Inner {
    /// A call of a method of the protocol itself; what has an entry names it.
    pub(crate) fn new(
        request: Box<Request>,
        terms: Terms,
        key: CallKey,
        home: Arc<dyn Home>,
        caller: HeldCaller,
    ) -> Self {
        Self {
            request,
            terms,
            key,
            entry: None,
            variables: Values::new(),
            home,
            caller,
            extensions: OnceLock::new(),
            within: None,
            cancelled: Latch::default(),
            withdrawn: AtomicBool::new(false),
            highest: Highest::default(),
            first_run: None,
            failed: Failed::default(),
            amended: OnceLock::new(),
            dialogue: OnceLock::new(),
            consent: OnceLock::new(),
            counted: None,
            #[cfg(feature = "layers")]
            questions: OnceLock::new(),
            #[cfg(feature = "auth")]
            ruling: None,
            driver: Driver::default(),
        }
    }

    /// Notes that the caller may not have what it asks for.
    #[cold]
    pub(crate) fn deny(&self) {
        #[cfg(feature = "auth")]
        self.rule(Ruled::Denied);
    }

    /// Notes what was decided.
    #[cfg(feature = "auth")]
    pub(crate) fn rule(&self, ruled: Ruled) {
        if let Some(ruling) = &self.ruling {
            ruling.set(ruled);
        }
    }

    /// Where the call is counted: at its function, or at the method of the protocol.
    pub(crate) fn counters(&self) -> &Counters {
        match (&self.request.method, &self.entry) {
            (Method::ToolsCall | Method::ResourcesRead | Method::PromptsGet | Method::Other(_), Some(entry)) => {
                &entry.counters
            }
            // What completes an argument has an entry of its own, and is not called by its name.
            (method, _) => self.home.scope().shared.meters.of(method),
        }
    }

    /// The call has ended, where it was counted when it began.
    pub(crate) fn count_end(&self, ending: Ending, bytes: usize) {
        if let Some(began) = self.counted {
            self.counters().end(began, ending, bytes);
        }
    }

    /// Nobody drives the call any more. Tasks that it has left behind, and that ask, are told.
    #[inline]
    pub(crate) fn set_over(&self) {
        self.driver.end();
        // A dialogue that was made before that is here; one that is made later sees that the call is over.
        if let Some(dialogue) = self.dialogue.get() {
            dialogue.set_over();
        }
    }
}
