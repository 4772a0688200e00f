//! All sessions, within limits.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant};

use mcp_proto::hash::Fold;

use super::id::SessionId;
use super::log::Kept;
use super::session::{Session, Visit};
use crate::background::background;
use crate::transport::http::Live;
use crate::transport::http::config::Config;

/// How often idle sessions are looked for, at most.
const SWEEP: Duration = Duration::from_secs(30);

/// All sessions, by id.
pub(in crate::transport::http) struct Sessions {
    store: RwLock<Store>,
    /// When their clock began, which counts nanoseconds.
    epoch: Instant,
    sweeping: AtomicBool,
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Store {
    by_id: HashMap<SessionId, Arc<Session>, Fold>,
    /// When each was last of use, as far as known: the longest ago on top. What is noted here is looked up again before
    /// it counts, so that using a session costs no more than a store to it.
    by_use: BinaryHeap<Reverse<(u64, SessionId)>>,
    /// Whether no session is added any more.
    is_finished: bool,
}

impl Sessions {
    /// Sessions whose streams together keep so many bytes.
    pub(in crate::transport::http) fn new(kept_bytes: usize) -> Self {
        let kept = Arc::new(Kept::new(kept_bytes));
        Self { store: RwLock::default(), epoch: Instant::now(), sweeping: AtomicBool::new(false), kept }
    }

    pub(super) fn epoch(&self) -> Instant {
        self.epoch
    }

    pub(super) fn kept(&self) -> &Arc<Kept> {
        &self.kept
    }

    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Store> {
        // What the lock guards is changed by our own code alone, which does not panic half-way.
        self.store.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a session. When there are too many, the one that has been idle longest goes; `false` if none is idle, or once
    /// serving ends.
    pub(super) fn insert(&self, session: Arc<Session>, config: &Config) -> bool {
        let now = self.now();
        let mut gone = None;
        {
            let mut store = self.write();
            if store.is_finished {
                return false;
            }
            if store.by_id.len() >= config.sessions {
                gone = store.take_idlest(now);
                if gone.is_none() {
                    return false;
                }
            }
            store.by_use.push(Reverse((now, session.id())));
            store.by_id.insert(session.id(), session);
            store.tidy();
        }
        // Outside of the lock: ending a session wakes whoever listens to it.
        gone.inspect(|gone| gone.close());
        true
    }

    /// The session of this id, unless it has expired.
    pub(super) fn find(&self, id: SessionId, config: &Config) -> Option<Visit> {
        // Locked until the visit has begun: who makes room for another session looks for visits first.
        let store = self.store.read().unwrap_or_else(PoisonError::into_inner);
        let session = store.by_id.get(&id)?;
        let is_there = !self.is_expired(session.last_use(), config) || session.is_busy();
        is_there.then(|| Visit::begin(session))
    }

    fn is_expired(&self, last_use: u64, config: &Config) -> bool {
        u128::from(self.now().saturating_sub(last_use)) > config.session_idle.as_nanos()
    }

    /// Ends a session.
    pub(super) fn remove(&self, session: &Session) {
        let gone = {
            let mut store = self.write();
            let gone = store.by_id.remove(&session.id());
            store.tidy();
            gone
        };
        gone.inspect(|gone| gone.close());
    }

    /// No session says anything more of its own, and none is added; calls that run may finish.
    pub(in crate::transport::http) fn finish(&self) {
        let mut store = self.write();
        store.is_finished = true;
        let sessions: Vec<_> = store.by_id.values().cloned().collect();
        drop(store);
        sessions.iter().for_each(|session| session.standalone().end());
    }

    /// Ends all sessions.
    pub(in crate::transport::http) fn close(&self) {
        let sessions = std::mem::take(&mut *self.write()).by_id;
        sessions.values().for_each(|session| session.close());
    }

    fn sweep(&self, config: &Config) {
        let now = self.now();
        let (mut gone, mut busy) = (Vec::new(), Vec::new());
        {
            let mut store = self.write();
            while let Some(&Reverse((noted, _))) = store.by_use.peek() {
                if !self.is_expired(noted, config) {
                    break;
                }
                gone.extend(store.take_idle(now, |used| self.is_expired(used, config), &mut busy));
            }
            store.by_use.extend(busy);
        }
        gone.iter().for_each(|session| session.close());
    }
}

impl Store {
    /// Takes out the session that has been idle longest.
    fn take_idlest(&mut self, now: u64) -> Option<Arc<Session>> {
        // Each round finds it, or puts one session where it belongs, or lays aside one that is busy. Once all are in their
        // places the one on top is it, unless all are busy.
        let mut busy = Vec::new();
        let idlest = (0..=2 * self.by_use.len()).find_map(|_| self.take_idle(now, |_| true, &mut busy));
        self.by_use.extend(busy);
        idlest
    }

    /// Looks at the session on top: takes it out if it is as idle as noted and that `is_enough`, or notes its last use; one
    /// that is busy goes to the busy ones.
    fn take_idle(
        &mut self,
        now: u64,
        is_enough: impl Fn(u64) -> bool,
        busy: &mut Vec<Reverse<(u64, SessionId)>>,
    ) -> Option<Arc<Session>> {
        let Reverse((noted, id)) = self.by_use.pop()?;
        let session = self.by_id.get(&id)?;
        if session.is_busy() {
            busy.push(Reverse((now, id)));
            return None;
        }
        let used = session.last_use();
        if used > noted || !is_enough(used) {
            self.by_use.push(Reverse((used.max(noted), id)));
            return None;
        }
        self.by_id.remove(&id)
    }

    /// Forgets the notes of sessions that are gone, once they are more than half of all.
    fn tidy(&mut self) {
        if self.by_use.len() > 2 * self.by_id.len() + 64 {
            let by_id = &self.by_id;
            self.by_use.retain(|Reverse((_, id))| by_id.contains_key(id));
            self.by_use.shrink_to(2 * self.by_id.len() + 64);
        }
    }
}

/// Looks for idle sessions from now on, for as long as the service lives.
pub(super) fn sweep_from_now_on(live: &Arc<Live>, config: &Config) {
    if live.sessions.sweeping.swap(true, Ordering::Relaxed) {
        return;
    }
    let (live, config) = (Arc::downgrade(live), config.clone());
    tokio::spawn(background(async move {
        loop {
            tokio::time::sleep(SWEEP.min(config.session_idle.max(Duration::from_millis(100)))).await;
            let Some(live) = live.upgrade() else { return };
            live.sessions.sweep(&config);
        }
    }));
}
