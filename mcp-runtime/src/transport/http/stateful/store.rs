//! All sessions, within limits.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use super::session::Session;
use crate::transport::http::Inner;
use crate::transport::http::config::Config;

/// How often idle sessions are looked for.
const SWEEP: Duration = Duration::from_secs(30);

/// All sessions, by id.
#[derive(Default)]
pub(in crate::transport::http) struct Sessions {
    by_id: RwLock<HashMap<Box<[u8]>, Arc<Session>>>,
    sweeping: AtomicBool,
}

impl Sessions {
    /// Adds a session. When there are too many, the one that has been idle longest goes; `false` if none is idle.
    pub(super) fn insert(&self, session: Arc<Session>, config: &Config) -> bool {
        let mut sessions = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        if sessions.len() >= config.sessions {
            let idlest = sessions.iter().map(|(id, session)| (session.idle_ms(), id)).max();
            let Some(id) = idlest.filter(|(idle, _)| *idle > 0 || config.sessions == 0).map(|(_, id)| id.clone())
            else {
                return false;
            };
            if let Some(gone) = sessions.remove(&id) {
                gone.close();
            }
        }
        sessions.insert(session.id().as_bytes().into(), session);
        true
    }

    /// The session of this id, unless it has expired.
    pub(super) fn find(&self, id: &[u8], config: &Config) -> Option<Arc<Session>> {
        let sessions = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
        let session = sessions.get(id).filter(|session| !is_expired(session, config))?;
        session.touch();
        Some(Arc::clone(session))
    }

    /// Ends a session.
    pub(super) fn remove(&self, session: &Session) {
        let gone = self.by_id.write().unwrap_or_else(PoisonError::into_inner).remove(session.id().as_bytes());
        if let Some(gone) = gone {
            gone.close();
        }
    }

    /// Ends all sessions.
    pub(super) fn close(&self) {
        let sessions = std::mem::take(&mut *self.by_id.write().unwrap_or_else(PoisonError::into_inner));
        sessions.values().for_each(|session| session.close());
    }

    fn sweep(&self, config: &Config) {
        let mut gone = Vec::new();
        self.by_id.write().unwrap_or_else(PoisonError::into_inner).retain(|_, session| {
            let stays = !is_expired(session, config);
            if !stays {
                gone.push(Arc::clone(session));
            }
            stays
        });
        gone.iter().for_each(|session| session.close());
    }
}

fn is_expired(session: &Session, config: &Config) -> bool {
    u128::from(session.idle_ms()) > config.session_idle.as_millis()
}

/// Looks for idle sessions from now on, for as long as the service lives.
pub(super) fn sweep_from_now_on(http: &Arc<Inner>) {
    if http.sessions.sweeping.swap(true, Ordering::Relaxed) {
        return;
    }
    let http = Arc::downgrade(http);
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(SWEEP).await;
            let Some(http) = http.upgrade() else { return };
            http.sessions.sweep(&http.config);
        }
    });
}
