//! The keys of an issuer, kept, and fetched anew when they get old.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

use super::source::Source;
use crate::auth::fetch::Fetch;
use crate::auth::jose::KeySet;
use crate::lock::Lock;
use crate::log;

/// How long nobody asks again where no keys were to be had: long enough that a flood of requests is no flood to the issuer.
const PAUSE: Duration = Duration::from_secs(1);

/// When keys are fetched.
#[derive(Clone, Copy, Debug)]
pub(super) struct Times {
    /// Keys that are older are fetched anew, while they are used.
    pub(super) refresh: Duration,
    /// Keys that are older are not used any more.
    pub(super) stale: Duration,
    /// How long after an attempt an unknown key is no reason for another.
    pub(super) unknown: Duration,
}

/// The keys of an issuer.
pub(super) struct Keys {
    issuer: String,
    source: Source,
    fetch: Fetch,
    times: Times,
    state: Lock<State>,
    /// Held while keys are fetched: that is done once for all who wait.
    fetching: Mutex<()>,
}

#[derive(Default)]
struct State {
    known: Option<Known>,
    /// When keys were asked for last, and whether there were any.
    tried: Option<(Instant, bool)>,
}

/// A set of keys.
#[derive(Clone)]
pub(super) struct Known {
    pub(super) set: Arc<KeySet>,
    fetched: Instant,
    /// Another one for other keys: what was checked with the old ones is to be checked anew.
    pub(super) generation: u64,
}

impl Keys {
    pub(super) fn new(issuer: String, source: Source, fetch: Fetch, times: Times) -> Arc<Self> {
        let (state, fetching) = (Lock::default(), Mutex::default());
        Arc::new(Self { issuer, source, fetch, times, state, fetching })
    }

    /// The keys as they were fetched last, unless they are too old to be used.
    pub(super) fn known(&self) -> Option<Known> {
        self.state.lock().known.clone().filter(|known| known.fetched.elapsed() < self.times.stale)
    }

    /// The keys. Where they get old, others are fetched meanwhile.
    ///
    /// # Errors
    /// There are none, and none can be had.
    pub(super) async fn get(self: &Arc<Self>) -> Result<Known, String> {
        let Some(known) = self.known() else { return self.first().await };
        if known.fetched.elapsed() >= self.times.refresh && self.may_try(self.times.unknown) {
            let keys = Arc::clone(self);
            tokio::spawn(async move {
                if let Ok(_one) = keys.fetching.try_lock() {
                    let _ = keys.fetch().await;
                }
            });
        }
        Ok(known)
    }

    /// The keys, after one was not among them. `None` if they were asked for a moment ago, or cannot be had.
    pub(super) async fn again(self: &Arc<Self>, seen: &Known) -> Option<Known> {
        let _one = self.fetching.lock().await;
        // Others may have waited for the same.
        let newer = self.known().filter(|known| known.fetched > seen.fetched);
        if newer.is_some() {
            return newer;
        }
        if !self.may_try(self.times.unknown) {
            return None;
        }
        self.fetch().await.ok()
    }

    async fn first(&self) -> Result<Known, String> {
        let _one = self.fetching.lock().await;
        if let Some(known) = self.known() {
            return Ok(known);
        }
        if !self.may_try(PAUSE) {
            return Err("the keys of the issuer could not be fetched a moment ago".to_owned());
        }
        self.fetch().await
    }

    /// Whether the last attempt is so long ago.
    fn may_try(&self, pause: Duration) -> bool {
        self.state.lock().tried.is_none_or(|(at, _)| at.elapsed() >= pause)
    }

    async fn fetch(&self) -> Result<Known, String> {
        let fetched = self.source.keys(&self.issuer, &self.fetch).await;
        let now = Instant::now();
        let mut state = self.state.lock();
        let had_worked = state.tried.is_none_or(|(_, worked)| worked);
        state.tried = Some((now, fetched.is_ok()));
        match fetched {
            Ok(set) => {
                let (set, generation) = match &state.known {
                    Some(known) if *known.set == set => (Arc::clone(&known.set), known.generation),
                    known => (Arc::new(set), known.as_ref().map_or(0, |known| known.generation + 1)),
                };
                let known = Known { set, fetched: now, generation };
                state.known = Some(known.clone());
                Ok(known)
            }
            Err(why) => {
                drop(state);
                // Once, until it works again.
                if had_worked {
                    log::event!(WARN, "the keys of the issuer {} cannot be fetched: {why}", self.issuer);
                }
                Err(why)
            }
        }
    }
}
