//! What a program does once its server has ended.

use std::fmt;
use std::future::{Future, poll_fn};
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
#[cfg(any(feature = "stdio", feature = "http", feature = "streams"))]
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::time::{Instant, timeout};

use super::core::Core;
use super::lifecycle::ServerState;
use crate::call::{Contained, contain};
use crate::lock::Lock;
use crate::log;

/// A function of `on_stop`, and where it was registered.
pub(crate) struct Stop {
    at: &'static panic::Location<'static>,
    function: Box<dyn FnOnce(Arc<Core>) -> Stopping + Send>,
}

/// What it does; its error as text.
type Stopping = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

impl Stop {
    pub(crate) fn new<Fut>(
        at: &'static panic::Location<'static>,
        function: impl FnOnce(Arc<Core>) -> Fut + Send + 'static,
    ) -> Self
    where
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        Self { at, function: Box::new(|core| Box::pin(function(core))) }
    }

    /// Runs it, for so long at most. What goes wrong is logged, and goes no further.
    async fn run(self, core: Arc<Core>, time: Duration) {
        let Self { at, function } = self;
        let panicked = || log::event!(ERROR, "`on_stop` ({at}) has panicked");
        let stopping = match catch_unwind(AssertUnwindSafe(|| function(core))) {
            Ok(stopping) => stopping,
            Err(payload) => {
                contain(payload);
                return panicked();
            }
        };
        let mut stopping = Contained::new(stopping);
        let ended = poll_fn(|cx| match catch_unwind(AssertUnwindSafe(|| stopping.get_mut().as_mut().poll(cx))) {
            Ok(poll) => poll.map(Some),
            Err(payload) => {
                contain(payload);
                None.into()
            }
        });
        // Polled once even if the time is up: what has nothing to wait for is done all the same.
        match timeout(time, ended).await {
            Ok(Some(Ok(()))) => {}
            Ok(Some(Err(error))) => log::event!(ERROR, "`on_stop` ({at}) failed: {error}"),
            Ok(None) => panicked(),
            Err(_) => log::event!(ERROR, "`on_stop` ({at}) took too long and was dropped"),
        }
    }
}

/// The functions of one server, each of which runs once.
#[derive(Default)]
pub(crate) struct Stops {
    /// In the order of registration; the last is taken first.
    waiting: Lock<Vec<Stop>>,
    /// Held while they run, so that everybody who ends waits for them.
    running: tokio::sync::Mutex<()>,
    /// How many transports serve.
    #[cfg(any(feature = "stdio", feature = "http", feature = "streams"))]
    serving: AtomicUsize,
}

impl Stops {
    fn take(&self) -> Option<Stop> {
        self.waiting.lock().pop()
    }
}

impl Core {
    /// What is done once the server is served no longer, in the order of registration.
    pub(crate) fn on_stop(&self, stops: Vec<Stop>) {
        *self.stops().waiting.lock() = stops;
    }

    /// Runs the functions of `on_stop` that have not run yet, the last one first, all of them within this time.
    pub(crate) async fn stop(self: &Arc<Self>, grace: Duration) {
        let _running = self.stops().running.lock().await;
        let began = Instant::now();
        while let Some(stop) = self.stops().take() {
            stop.run(Arc::clone(self), grace.saturating_sub(began.elapsed())).await;
        }
        self.is_now(ServerState::Stopped);
    }
}

/// A transport that serves. Two may serve one server; only the end of the last one stops it.
#[cfg(any(feature = "stdio", feature = "http", feature = "streams"))]
pub(crate) struct Serving {
    core: Arc<Core>,
    is_ending: bool,
}

#[cfg(any(feature = "stdio", feature = "http", feature = "streams"))]
impl Serving {
    pub(crate) fn begin(core: &Arc<Core>) -> Self {
        core.stops().serving.fetch_add(1, Ordering::Relaxed);
        core.is_now(ServerState::Running);
        Self { core: Arc::clone(core), is_ending: false }
    }

    /// Nothing new is accepted any more. Once that is so everywhere, the server stops.
    pub(crate) fn ending(&mut self) {
        if !std::mem::replace(&mut self.is_ending, true) {
            let ending = self.core.told().ending.fetch_add(1, Ordering::Relaxed) + 1;
            if ending >= self.core.stops().serving.load(Ordering::Relaxed) {
                self.core.is_now(ServerState::Stopping);
            }
        }
    }

    /// Runs the functions of `on_stop`, unless the server is still being served.
    pub(crate) async fn end(mut self, grace: Duration) {
        self.ending();
        let core = Arc::clone(&self.core);
        drop(self);
        if core.stops().serving.load(Ordering::Relaxed) == 0 {
            core.stop(grace).await;
        }
    }
}

#[cfg(any(feature = "stdio", feature = "http", feature = "streams"))]
impl Drop for Serving {
    fn drop(&mut self) {
        self.core.stops().serving.fetch_sub(1, Ordering::Relaxed);
        if self.is_ending {
            self.core.told().ending.fetch_sub(1, Ordering::Relaxed);
        }
    }
}

impl fmt::Debug for Stops {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stops").finish_non_exhaustive()
    }
}
