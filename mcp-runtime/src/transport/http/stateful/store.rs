//! All sessions, within limits.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, MutexGuard, PoisonError, RwLock, RwLockWriteGuard};
use std::time::{Duration, Instant, SystemTime};

use mcp_proto::hash::Fold;
use tokio::task::JoinHandle;

use super::basis::Basis;
use super::id::SessionId;
use super::kept::Kept;
use super::session::{HttpSession, Visit};
use super::usage::Usage;
use crate::background::background;
use crate::budget::Budget;
use crate::call::{Latch, Principal};
use crate::lock::Lock;
use crate::log;
use crate::service::{Core, CutOff, Opened, Waits};
use crate::transport::http::address::Source;
use crate::transport::http::config::Config;

/// How often idle sessions are looked for, at most.
const SWEEP: Duration = Duration::from_secs(30);

/// All sessions, by id.
pub(in crate::transport::http) struct Sessions {
    /// What calls look into. It is written to only for the moment in which a session comes or goes.
    by_id: RwLock<HashMap<SessionId, Arc<HttpSession>, Fold>>,
    /// Which session makes room for another. Locked before `by_id`, where both are; calls do not lock it.
    usage: Lock<Usage>,
    /// Sessions of it that have come to rest are put back into `usage`.
    basis: Basis,
    /// Whether no session is added any more.
    is_finished: AtomicBool,
    is_sweeping: AtomicBool,
    /// Whether the operator was told that an address has its share.
    is_share_told: AtomicBool,
}

/// Why no session can be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NoRoom {
    /// There are as many as there may be, and none of them is idle; or the server is about to end.
    Full,
    /// The client's address has as many as one address may have, and none of them is idle.
    Share,
}

impl Sessions {
    /// Sessions of this server whose streams keep what is in this budget.
    pub(in crate::transport::http) fn new(core: &Arc<Core>, closing: &Arc<Latch>, kept: Arc<Budget>) -> Self {
        let kept = Kept::new(kept, core.catalog().profile().waiting_bytes);
        core.add_queue(Arc::downgrade(&(Arc::clone(&kept) as Arc<dyn Waits>)));
        let basis = Basis {
            core: Arc::clone(core),
            closing: Arc::clone(closing),
            kept,
            rested: Arc::default(),
            epoch: Instant::now(),
        };
        Self {
            by_id: RwLock::default(),
            usage: Lock::default(),
            basis,
            is_finished: AtomicBool::new(false),
            is_sweeping: AtomicBool::new(false),
            is_share_told: AtomicBool::new(false),
        }
    }

    pub(super) fn basis(&self) -> &Basis {
        &self.basis
    }

    fn now(&self) -> u64 {
        nanoseconds(self.basis.epoch.elapsed())
    }

    /// What calls look into.
    fn by_id(&self) -> RwLockWriteGuard<'_, HashMap<SessionId, Arc<HttpSession>, Fold>> {
        // What the locks guard is changed by our own code alone, which does not panic half-way.
        self.by_id.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Which session makes room for another, as far as is known now.
    fn usage(&self) -> MutexGuard<'_, Usage> {
        let mut usage = self.usage.lock();
        usage.put_back(self.basis.rested.take());
        usage.note_abandoned(self.basis.rested.take_abandoned());
        usage
    }

    /// Whether a session could be added for this client address. Asked before anything is made for one: to refuse it must
    /// cost less than to ask for it.
    pub(super) fn has_room(&self, source: Option<Source>, config: &Config) -> Result<(), NoRoom> {
        let mut usage = self.usage();
        match self.needs(&usage, source, config)? {
            Some(of) if usage.abandoned(of).is_some() => Ok(()),
            Some(of) => usage.idlest(of, self.may_go(config)).map(drop).ok_or(self.refusal(of)),
            None => Ok(()),
        }
    }

    /// Adds a session. When there are too many, the one that has been idle longest goes.
    pub(super) fn insert(
        &self,
        session: Arc<HttpSession>,
        source: Option<Source>,
        config: &Config,
    ) -> Result<(), NoRoom> {
        let gone = {
            let mut usage = self.usage();
            let gone = match self.needs(&usage, source, config)? {
                Some(of) => {
                    let gone = self.take_abandoned(&mut usage, of);
                    let gone = gone.or_else(|| self.take_idlest(&mut usage, of, self.may_go(config)));
                    Some(gone.ok_or(self.refusal(of))?)
                }
                None => None,
            };
            usage.add(Arc::clone(&session), source, self.now());
            self.by_id().insert(session.id(), session);
            gone
        };
        // Outside of the lock: ending a session wakes whoever listens to it.
        gone.inspect(|gone| gone.close());
        Ok(())
    }

    /// Whether another session has to go first: one of this address, or any.
    fn needs(&self, usage: &Usage, source: Option<Source>, config: &Config) -> Result<Option<Option<Source>>, NoRoom> {
        if self.is_finished.load(Ordering::Acquire) {
            return Err(NoRoom::Full);
        }
        match source {
            Some(source) if usage.count(source) >= config.session_share() => Ok(Some(Some(source))),
            _ if usage.len() >= config.sessions => Ok(Some(None)),
            _ => Ok(None),
        }
    }

    fn refusal(&self, of: Option<Source>) -> NoRoom {
        let Some(source) = of else { return NoRoom::Full };
        if !self.is_share_told.swap(true, Ordering::Relaxed) {
            log::event!(
                WARN,
                "{source} has as many sessions as one client address may have, and is refused another; if it is a \
                 proxy, set `sessions_per_address`, or leave a `ClientAddress` in the requests"
            );
        }
        NoRoom::Share
    }

    /// Up to when a session must have been used last that makes room for another.
    fn may_go(&self, config: &Config) -> u64 {
        self.now().saturating_sub(nanoseconds(config.session_min_idle))
    }

    /// Takes out a session whose client has left while it was asked: it need not have been idle for long.
    fn take_abandoned(&self, usage: &mut Usage, of: Option<Source>) -> Option<Arc<HttpSession>> {
        loop {
            let session = usage.abandoned(of)?;
            let mut by_id = self.by_id();
            // A visit may have begun since it was looked at; from here on none can.
            if session.is_abandoned() {
                by_id.remove(&session.id());
                usage.remove(session.id());
                return Some(session);
            }
        }
    }

    /// Takes out the session that has been idle longest.
    fn take_idlest(&self, usage: &mut Usage, of: Option<Source>, before: u64) -> Option<Arc<HttpSession>> {
        loop {
            let (session, noted) = usage.idlest(of, before)?;
            let mut by_id = self.by_id();
            // A visit may have begun since it was looked at; from here on none can.
            if !session.is_busy() && session.last_use() <= noted {
                by_id.remove(&session.id());
                usage.remove(session.id());
                return Some(session);
            }
        }
    }

    /// The session of this id, unless it has expired.
    pub(super) fn find(&self, id: SessionId, config: &Config) -> Option<Visit> {
        // Locked until the visit has begun: who makes room for another session looks for visits first.
        let by_id = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
        let session = by_id.get(&id)?;
        let is_there = session.last_use() >= self.expired(config) || session.is_busy();
        is_there.then(|| Visit::begin(session))
    }

    /// Since when a session must have been used that has not expired.
    fn expired(&self, config: &Config) -> u64 {
        self.now().saturating_sub(nanoseconds(config.session_idle))
    }

    /// Ends a session.
    pub(super) fn remove(&self, session: &HttpSession) {
        let gone = {
            let mut usage = self.usage();
            usage.remove(session.id());
            self.by_id().remove(&session.id())
        };
        gone.inspect(|gone| gone.close());
    }

    /// No session says anything more of its own, and none is added; calls that run may finish.
    pub(in crate::transport::http) fn finish(&self) {
        let sessions: Vec<_> = {
            // Locked, so that none is being added.
            let _usage = self.usage();
            self.is_finished.store(true, Ordering::Release);
            self.by_id().values().cloned().collect()
        };
        sessions.iter().for_each(|session| session.finish());
    }

    /// Drops the calls of all sessions, because serving ends: each is answered with an error and noted. Their tasks, which are
    /// told to end, are returned.
    pub(in crate::transport::http) fn cut_off(&self, cut_off: &CutOff) -> Vec<JoinHandle<()>> {
        let sessions: Vec<_> = self.by_id().values().cloned().collect();
        let mut dropped = Vec::new();
        sessions.iter().for_each(|session| session.cut_off(cut_off, &mut dropped));
        dropped
    }

    /// Ends all sessions.
    pub(in crate::transport::http) fn close(&self) {
        let sessions = {
            let mut usage = self.usage();
            *usage = Usage::default();
            std::mem::take(&mut *self.by_id())
        };
        sessions.values().for_each(|session| session.close());
    }

    /// Ends the sessions that have expired.
    fn sweep(&self, config: &Config) {
        let mut gone = Vec::new();
        {
            let mut usage = self.usage();
            usage.look_again();
            let Some(before) = self.expired(config).checked_sub(1) else { return };
            while let Some(session) = self.take_idlest(&mut usage, None, before) {
                gone.push(session);
            }
        }
        gone.iter().for_each(|session| session.close());
    }

    /// Ends the sessions whose credentials have expired, with all that runs in them.
    fn end_expired(&self, now: SystemTime) {
        self.end_those(|session| session.is_expired(now));
    }

    fn end_those(&self, ends: impl Fn(&HttpSession) -> bool) {
        let all: Vec<_> = {
            let by_id = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
            by_id.values().filter(|session| ends(session)).cloned().collect()
        };
        all.iter().for_each(|session| self.remove(session));
    }

    /// Looks for idle sessions from now on, for as long as the endpoint lives.
    pub(super) fn sweep_from_now_on(this: &Arc<Self>, config: &Config) {
        if this.is_sweeping.swap(true, Ordering::Relaxed) {
            return;
        }
        let (this, config) = (Arc::downgrade(this), config.clone());
        tokio::spawn(background(async move {
            loop {
                tokio::time::sleep(SWEEP.min(config.session_idle.max(Duration::from_millis(100)))).await;
                let Some(this) = this.upgrade() else { return };
                this.sweep(&config);
                this.end_expired(SystemTime::now());
            }
        }));
    }
}

impl Opened for Sessions {
    fn end_of(&self, principal: &Principal) {
        self.end_those(|session| session.belongs_to(principal));
    }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Http;

    const NOBODY: Option<Source> = None;

    /// A service, and its setting: so many sessions, which make room at once.
    fn service(sessions: usize) -> (Http, Config) {
        let http = Http::new(crate::Server::empty("sessions").build().expect("a server"));
        let config = Config { sessions, session_min_idle: Duration::ZERO, ..Config::default() };
        (http, config)
    }

    fn open(http: &Http, source: Option<Source>, config: &Config) -> Result<Arc<HttpSession>, NoRoom> {
        let sessions = &http.endpoint().live.sessions;
        let session = HttpSession::new(sessions.basis(), Principal::anonymous(), None, false).expect("randomness");
        sessions.insert(Arc::clone(&session), source, config).map(|()| session)
    }

    fn is_there(http: &Http, session: &HttpSession, config: &Config) -> bool {
        http.endpoint().live.sessions.find(session.id(), config).is_some()
    }

    #[test]
    fn sessions_that_are_known_to_be_busy_are_not_looked_at_again() {
        let (http, config) = service(100);
        let sessions = &http.endpoint().live.sessions;
        let mut visits: Vec<_> = (0..100).map(|_| Visit::begin(&open(&http, NOBODY, &config).expect("room"))).collect();
        assert_eq!(sessions.has_room(NOBODY, &config), Err(NoRoom::Full));
        assert_eq!(sessions.usage().idle(), 0, "all are known to be busy");
        assert_eq!(sessions.has_room(NOBODY, &config), Err(NoRoom::Full));
        let rested = Arc::clone(&visits[40]);
        drop(visits.remove(40));
        assert_eq!(sessions.usage().idle(), 1, "one has come to rest");
        open(&http, NOBODY, &config).expect("room");
        assert!(!is_there(&http, &rested, &config));
        assert!(visits.iter().all(|visit| is_there(&http, visit, &config)));
    }

    #[test]
    fn a_session_lasts_as_long_as_the_credentials_that_are_used_for_it() {
        let (http, config) = service(10);
        let sessions = &http.endpoint().live.sessions;
        let now = SystemTime::now();
        let ada = |seconds| Principal::new("ada").with_expiry(now + Duration::from_secs(seconds));
        let open = |principal: &Principal| {
            let session = HttpSession::new(sessions.basis(), principal.clone(), None, false).expect("randomness");
            sessions.insert(Arc::clone(&session), NOBODY, &config).expect("room");
            session
        };
        let (kept, renewed, unlimited) = (open(&ada(60)), open(&ada(60)), open(&Principal::anonymous()));
        assert!(renewed.admits(&ada(600)) && !renewed.admits(&Principal::new("eve")));
        sessions.end_expired(now + Duration::from_secs(59));
        assert!([&kept, &renewed, &unlimited].iter().all(|session| is_there(&http, session, &config)));
        sessions.end_expired(now + Duration::from_secs(61));
        assert!(!is_there(&http, &kept, &config));
        assert!(is_there(&http, &renewed, &config), "its client has got other credentials");
        sessions.end_expired(now + Duration::from_secs(601));
        assert!(!is_there(&http, &renewed, &config) && is_there(&http, &unlimited, &config));
    }

    #[test]
    fn a_session_that_was_used_a_short_while_ago_makes_no_room() {
        let (http, config) = service(2);
        let config = Config { session_min_idle: Duration::from_secs(60), ..config };
        let kept = [open(&http, NOBODY, &config), open(&http, NOBODY, &config)].map(|opened| opened.expect("room"));
        assert_eq!(open(&http, NOBODY, &config).map(drop), Err(NoRoom::Full));
        assert!(kept.iter().all(|session| is_there(&http, session, &config)));
    }

    #[test]
    fn an_address_with_its_share_makes_room_for_itself_alone() {
        let (http, config) = service(10);
        let config = Config { session_share: Some(2), ..config };
        let [one, two] = [1, 2].map(|last| Source::of([203, 0, 113, last].into()));
        let other = open(&http, two, &config).expect("room");
        let first = open(&http, one, &config).expect("room");
        let second = Visit::begin(&open(&http, one, &config).expect("room"));
        let third = Visit::begin(&open(&http, one, &config).expect("room"));
        assert!(!is_there(&http, &first, &config), "it was idle, and of the same address");
        assert_eq!(http.endpoint().live.sessions.has_room(one, &config), Err(NoRoom::Share));
        assert_eq!(open(&http, one, &config).map(drop), Err(NoRoom::Share));
        assert!(is_there(&http, &other, &config));
        open(&http, two, &config).expect("room for another address");
        http.endpoint().live.sessions.remove(&second);
        open(&http, one, &config).expect("one of its own is gone");
        assert!(is_there(&http, &third, &config));
    }

    #[test]
    fn sessions_that_have_expired_end() {
        let (http, config) = service(10);
        let config = Config { session_idle: Duration::ZERO, ..config };
        let sessions = &http.endpoint().live.sessions;
        let busy = Visit::begin(&open(&http, NOBODY, &config).expect("room"));
        open(&http, NOBODY, &config).expect("room");
        while sessions.now() <= busy.last_use() {}
        sessions.sweep(&config);
        assert_eq!((sessions.usage().len(), sessions.by_id().len()), (1, 1));
        assert!(is_there(&http, &busy, &config));
    }
}
