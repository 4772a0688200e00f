//! Which session makes room for another.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use mcp_proto::hash::Fold;

use super::id::SessionId;
use super::session::HttpSession;
use crate::transport::http::address::Source;

/// All sessions by their last use, and how many each client address has.
///
/// Using a session costs no more than a store to it. So what is noted here may be out of date, and is looked up again before
/// it counts. A session that turns out to be busy is taken out of the order, and comes back once it [rests](super::rest): to
/// look for an idle one does not mean to look at those that are known to be busy.
#[derive(Default)]
pub(super) struct Usage {
    records: HashMap<SessionId, Record, Fold>,
    /// The longest ago first, of no source.
    by_use: BTreeSet<Turn>,
    /// The same for each client address.
    by_source: BTreeSet<Turn>,
    counts: HashMap<Source, usize>,
    /// Sessions whose clients have left while they were asked, as far as is known.
    abandoned: BTreeSet<Turn>,
}

/// A session's place in an order: whose it is, when it was last used (0 where that does not count), which it is. One type for
/// all orders, as each type of set has some kilobytes of code.
type Turn = (Option<Source>, u64, SessionId);

struct Record {
    session: Arc<HttpSession>,
    source: Option<Source>,
    /// When it was last used, as far as is known; `None` while it is busy, as far as is known.
    noted: Option<u64>,
}

impl Usage {
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    /// How many sessions are not known to be busy.
    #[cfg(test)]
    pub(super) fn idle(&self) -> usize {
        self.by_use.len()
    }

    /// How many sessions this client address has.
    pub(super) fn count(&self, source: Source) -> usize {
        self.counts.get(&source).copied().unwrap_or(0)
    }

    /// Adds a session that is used now.
    pub(super) fn add(&mut self, session: Arc<HttpSession>, source: Option<Source>, now: u64) {
        let id = session.id();
        if let Some(source) = source {
            *self.counts.entry(source).or_insert(0) += 1;
        }
        self.records.insert(id, Record { session, source, noted: None });
        self.note(id, Some(now));
    }

    /// Takes out a session.
    pub(super) fn remove(&mut self, id: SessionId) {
        self.note(id, None);
        let Some(record) = self.records.remove(&id) else { return };
        self.abandoned.remove(&(record.source, 0, id));
        let Some(source) = record.source else { return };
        if let Some(count) = self.counts.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                self.counts.remove(&source);
            }
        }
    }

    /// The session that has been idle longest, of one client address or of all, if it was not used after `before`; and when
    /// it was last used.
    pub(super) fn idlest(&mut self, of: Option<Source>, before: u64) -> Option<(Arc<HttpSession>, u64)> {
        // Each round finds it, or puts one session where it belongs, or takes out one that is busy.
        for _ in 0..=2 * self.by_use.len() {
            let (noted, id) = self.first(of)?;
            if noted > before {
                return None;
            }
            let session = Arc::clone(&self.records.get(&id)?.session);
            let used = session.last_use();
            if session.is_busy() {
                self.note(id, None);
                if !session.is_noted_as_busy() {
                    self.note(id, Some(session.last_use()));
                }
            } else if used > noted {
                self.note(id, Some(used));
            } else {
                return Some((session, noted));
            }
        }
        None
    }

    /// A session whose client has left while it was asked, of one client address or of all.
    pub(super) fn abandoned(&mut self, of: Option<Source>) -> Option<Arc<HttpSession>> {
        loop {
            let first = match of {
                None => self.abandoned.first(),
                Some(_) => {
                    self.abandoned.range((of, 0, SessionId::LEAST)..).next().filter(|(source, ..)| *source == of)
                }
            };
            let turn = *first?;
            let id = turn.2;
            let session = self.records.get(&id).map(|record| &record.session);
            if let Some(session) = session.filter(|session| session.is_abandoned()) {
                return Some(Arc::clone(session));
            }
            self.abandoned.remove(&turn);
            if let Some(session) = session {
                session.is_looked_for_no_more();
                // It may have been left again this moment.
                session.something_ended();
            }
        }
    }

    /// Notes sessions whose clients have left while they were asked.
    pub(super) fn note_abandoned(&mut self, abandoned: Vec<SessionId>) {
        for id in abandoned {
            if let Some(record) = self.records.get(&id) {
                self.abandoned.insert((record.source, 0, id));
            }
        }
    }

    /// Puts back what has come to rest.
    pub(super) fn put_back(&mut self, rested: Vec<SessionId>) {
        for id in rested {
            if let Some(Record { session, noted: None, .. }) = self.records.get(&id) {
                let used = session.last_use();
                self.note(id, Some(used));
            }
        }
    }

    /// Puts back what has come to rest and did not tell, though nothing is known that would not.
    pub(super) fn look_again(&mut self) {
        let rests = |record: &Record| record.noted.is_none() && !record.session.is_busy();
        let rested = self.records.iter().filter(|(_, record)| rests(record)).map(|(id, _)| *id);
        let rested = rested.collect();
        self.put_back(rested);
    }

    /// The first in the order.
    fn first(&self, of: Option<Source>) -> Option<(u64, SessionId)> {
        let order = if of.is_some() { &self.by_source } else { &self.by_use };
        let (first, noted, id) = order.range((of, 0, SessionId::LEAST)..).next().copied()?;
        (first == of).then_some((noted, id))
    }

    /// Notes when a session was last used, or that it is busy.
    fn note(&mut self, id: SessionId, used: Option<u64>) {
        let Some(record) = self.records.get_mut(&id) else { return };
        let (source, before) = (record.source, std::mem::replace(&mut record.noted, used));
        if let Some(before) = before {
            self.by_use.remove(&(None, before, id));
            source.is_some().then(|| self.by_source.remove(&(source, before, id)));
        }
        if let Some(used) = used {
            self.by_use.insert((None, used, id));
            source.is_some().then(|| self.by_source.insert((source, used, id)));
        }
    }
}
