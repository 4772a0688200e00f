//! The streams of one session.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::kept::{Kept, Share};
use super::log::{EventLog, Forget};
use crate::call::{Identity, Principal};
use crate::lock::Lock;
use crate::service::Waiting;

/// Streams that are kept after all of them was sent, for clients that lost the end on the way.
const SENT: usize = 16;

/// Streams that are kept for clients that have not come back for the rest.
const UNCLAIMED: usize = 1024;

/// The streams of one session: the one outside of any request, and those of requests that can be come back to.
pub(super) struct SessionStreams {
    share: Arc<Share>,
    /// Whose they are.
    principal: Principal,
    standalone: Arc<EventLog>,
    others: Lock<Vec<Arc<EventLog>>>,
    last: AtomicU64,
}

impl SessionStreams {
    pub(super) fn new(kept: &Arc<Kept>, principal: Principal) -> Arc<Self> {
        let share = Share::of(kept);
        let streams = Arc::new(Self {
            standalone: Arc::new(EventLog::new(0, &share)),
            share,
            principal,
            others: Lock::default(),
            last: AtomicU64::new(0),
        });
        kept.add(&streams);
        streams
    }

    pub(super) fn share(&self) -> &Share {
        &self.share
    }

    /// Whose they are, where it is known.
    pub(super) fn identity(&self) -> Option<Identity<'_>> {
        self.principal.identity()
    }

    /// What is said outside of any request.
    pub(super) fn standalone(&self) -> &Arc<EventLog> {
        &self.standalone
    }

    /// A stream that is kept.
    pub(super) fn find(&self, number: u64) -> Option<Arc<EventLog>> {
        if number == 0 {
            return Some(Arc::clone(&self.standalone));
        }
        self.others.lock().iter().find(|log| log.number() == number).map(Arc::clone)
    }

    /// A stream for a request, which the client is about to be given. It is not [kept](Self::keep) yet.
    pub(super) fn open(&self, resumes: bool) -> EventLog {
        let number = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        EventLog::about_to_be_read(number, &self.share, resumes)
    }

    /// Keeps a stream for a client that comes back; forgets the oldest that are done.
    pub(super) fn keep(&self, log: &Arc<EventLog>) {
        let mut streams = self.others.lock();
        let mut spare = streams.len().saturating_sub(SENT);
        let mut unclaimed = streams.len().saturating_sub(UNCLAIMED);
        streams.retain(|log| {
            let goes = (spare > 0 && log.is_done()) || (unclaimed > 0 && log.is_ended() && !log.is_read());
            if goes {
                spare = spare.saturating_sub(1);
                unclaimed = unclaimed.saturating_sub(1);
            }
            !goes
        });
        streams.push(Arc::clone(log));
    }

    /// Whether somebody listens to any of them.
    pub(super) fn is_any_read(&self) -> bool {
        self.standalone.is_read() || self.others.lock().iter().any(|log| log.is_read())
    }

    /// What waits in them.
    pub(super) fn waiting(&self) -> Waiting {
        let others = self.others.lock();
        let mut all = Waiting { kept_streams: others.len() as u64, ..Waiting::default() };
        for log in others.iter().chain([&self.standalone]) {
            let (messages, bytes) = log.waiting();
            all.messages += messages;
            all.bytes += bytes;
        }
        all.most_bytes = all.bytes;
        all
    }

    /// Forgets until no more than so many bytes are kept: first what was sent, then what nobody has come back for, and at
    /// last what is said to a client that is gone by calls that run. What is about to be read is not forgotten.
    pub(super) fn forget_down_to(&self, most: usize) {
        if self.share.bytes() <= most {
            return;
        }
        let mut logs: Vec<_> = self.others.lock().clone();
        logs.push(Arc::clone(&self.standalone));
        for what in [Forget::Sent, Forget::Unclaimed, Forget::Unheard] {
            for log in &logs {
                log.forget(what, &|| self.share.bytes() > most);
            }
        }
    }

    /// Nothing more will come, on any of them.
    pub(super) fn end(&self) {
        self.standalone.end();
        for log in self.others.lock().drain(..) {
            log.end();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::Budget;
    use crate::call::Outlet as _;

    /// How many streams a session keeps of more than it keeps at all, all of which have ended: were they read?
    fn kept(is_read: bool) -> usize {
        let streams = SessionStreams::new(&Kept::new(Budget::new(usize::MAX), 1 << 20), Principal::anonymous());
        for _ in 0..UNCLAIMED + 100 {
            let log = Arc::new(streams.open(true));
            streams.keep(&log);
            let reader = log.lock().attach(false);
            log.answer(vec![b'x']);
            if is_read {
                log.give(&mut log.lock(), None, |_, _| {});
            }
            log.detach(reader);
            log.end();
        }
        let logs = streams.others.lock();
        assert_eq!(logs.last().map(|log| log.number()), Some(UNCLAIMED as u64 + 100), "the newest is there");
        logs.len()
    }

    #[test]
    fn a_session_keeps_a_bounded_number_of_streams_and_fewer_of_those_that_were_read() {
        // The newest is kept beside those that had ended when it came.
        assert_eq!(kept(false), UNCLAIMED + 1);
        assert_eq!(kept(true), SENT + 1);
    }
}
