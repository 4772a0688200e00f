//! What the streams of all sessions keep, for clients that come back.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use mcp_proto::hash::Fold;

use super::streams::SessionStreams;
use crate::budget::Budget;
use crate::bus::WeakList;
use crate::lock::Lock;
use crate::order::order;
use crate::service::{Waiting, Waits};

/// The part of the limit that is made free when it is reached, so that not every message makes room for itself.
const SPARE: usize = 8;

/// The bytes that the streams of all sessions keep together, within a limit.
///
/// Beyond it they forget, and those that keep most forget first: none is left with more than another needs to give up. Sessions
/// of one principal count as one, so that opening many of them gains nothing.
pub(super) struct Kept {
    budget: Arc<Budget>,
    /// The most bytes of log messages, progress and notices that wait in one stream.
    most_said: usize,
    /// The streams of all sessions. Also the lock of who makes room.
    all: Lock<WeakList<SessionStreams>>,
    /// How many bytes there must be, beyond the limit, before room is made again.
    due: AtomicUsize,
}

/// What the streams of one session keep.
pub(super) struct Share {
    kept: Arc<Kept>,
    bytes: AtomicUsize,
}

impl Kept {
    /// Nothing yet, within this budget.
    pub(super) fn new(budget: Arc<Budget>, most_said: usize) -> Arc<Self> {
        Arc::new(Self { budget, most_said, all: Lock::default(), due: AtomicUsize::new(0) })
    }

    pub(super) fn most_said(&self) -> usize {
        self.most_said
    }

    /// Whether the server has no memory left for what can be dropped.
    pub(super) fn is_tight(&self) -> bool {
        self.budget.is_tight()
    }

    /// Notes messages that were dropped because their client was behind.
    pub(super) fn note_dropped(&self, messages: u64) {
        self.budget.note_dropped(messages);
    }

    /// The streams of one more session.
    pub(super) fn add(&self, streams: &Arc<SessionStreams>) {
        self.all.lock().add(Arc::downgrade(streams));
    }

    /// Has streams forget what they could not forget before: a client has left.
    pub(super) fn make_room_again(&self) {
        self.due.store(0, Ordering::Relaxed);
        self.make_room();
    }

    /// Has streams forget until there is room again. No stream may be locked by who calls this.
    pub(super) fn make_room(&self) {
        let (used, limit) = (self.budget.used(), self.budget.limit());
        if used <= limit.max(self.due.load(Ordering::Relaxed)) {
            return;
        }
        // Where it is locked, room is being made.
        let Some(mut all) = self.all.try_lock() else { return };
        // The sessions of each principal, and each session of a client that is not known.
        let mut owners: Vec<Vec<Arc<SessionStreams>>> = Vec::new();
        let mut principals: HashMap<Arc<str>, usize, Fold> = HashMap::default();
        for streams in all.living() {
            let identity = streams.identity();
            // An issuer is a URL, and has no line break.
            let identity =
                identity.map(|(issuer, subject)| format!("{}\n{subject}", issuer.unwrap_or_default()).into());
            let owner = identity.map_or(owners.len(), |identity| *principals.entry(identity).or_insert(owners.len()));
            match owners.get_mut(owner) {
                Some(owned) => owned.push(streams),
                None => owners.push(vec![streams]),
            }
        }
        let sum = |sessions: &Vec<Arc<SessionStreams>>| sessions.iter().map(|streams| streams.share().bytes()).sum();
        let most = level(owners.iter().map(sum).collect(), limit - limit / SPARE);
        for sessions in owners {
            let most = level(sessions.iter().map(|streams| streams.share().bytes()).collect(), most);
            sessions.iter().for_each(|streams| streams.forget_down_to(most));
        }
        // Where there was nothing left to forget, not every message looks for it again.
        self.due.store(self.budget.used() + limit / (8 * SPARE), Ordering::Relaxed);
    }
}

/// What each may have at most, so that all of them have no more than `all`; those that have less keep it.
fn level(each: Vec<usize>, mut all: usize) -> usize {
    let smallest_first = order(each.len(), &|a, b| each[a].cmp(&each[b]));
    for (index, bytes) in smallest_first.into_iter().map(|at| each[at]).enumerate() {
        let share = all / (each.len() - index);
        if bytes > share {
            return share;
        }
        all -= bytes;
    }
    usize::MAX
}

impl Waits for Kept {
    fn waiting(&self) -> Waiting {
        // Not locked while the streams are, which may wait for it.
        let sessions = self.all.lock().living();
        let mut all = Waiting { kept_bytes: self.budget.used() as u64, ..Waiting::default() };
        sessions.iter().for_each(|streams| all += streams.waiting());
        all
    }
}

impl Share {
    pub(super) fn of(kept: &Arc<Kept>) -> Arc<Self> {
        Arc::new(Self { kept: Arc::clone(kept), bytes: AtomicUsize::new(0) })
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed)
    }

    pub(super) fn kept(&self) -> &Kept {
        &self.kept
    }

    pub(super) fn take(&self, bytes: usize) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.kept.budget.take(bytes);
    }

    pub(super) fn give_back(&self, bytes: usize) {
        self.bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.kept.budget.give_back(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call::{Outlet as _, Principal};

    #[test]
    fn what_a_client_has_not_read_is_forgotten_within_the_limit_once_it_has_left() {
        let whole = Budget::new(usize::MAX);
        let kept = Kept::new(whole.part(100_000), 1 << 20);
        let streams = SessionStreams::new(&kept, Principal::anonymous());
        let stream = Arc::new(streams.open(false));
        streams.keep(&stream);
        let reader = stream.lock().attach(false);
        for _ in 0..30 {
            stream.answer(vec![b'x'; 10_000]);
        }
        assert!(whole.used() > 300_000, "it may still read all of it: {}", whole.used());
        stream.detach(reader);
        assert!(whole.used() <= 100_000, "{}", whole.used());
    }

    /// What a session of this principal keeps once each of its streams was read and left; and the streams.
    fn leaves(kept: &Arc<Kept>, principal: Principal, streams: usize) -> Arc<SessionStreams> {
        let session = SessionStreams::new(kept, principal);
        for _ in 0..streams {
            let stream = Arc::new(session.open(false));
            session.keep(&stream);
            let reader = stream.lock().attach(false);
            stream.answer(vec![b'x'; 10_000]);
            stream.detach(reader);
        }
        session
    }

    #[test]
    fn the_sessions_of_one_principal_count_as_one() {
        let kept = Kept::new(Budget::new(usize::MAX).part(100_000), 1 << 20);
        let ada = leaves(&kept, Principal::new("ada"), 4);
        let of_eve: Vec<_> = (0..8).map(|_| leaves(&kept, Principal::new("eve"), 4)).collect();
        assert!(kept.budget.used() <= 100_000);
        assert!(ada.share().bytes() > 40_000, "{} are left of what another keeps", ada.share().bytes());
        let namesake = leaves(&kept, Principal::new("eve").with_issuer("https://id.example"), 4);
        assert!(namesake.share().bytes() > 30_000, "{} are left of another issuer's", namesake.share().bytes());
        // Sessions of nobody in particular count by themselves.
        let nobodys: Vec<_> = (0..8).map(|_| leaves(&kept, Principal::anonymous(), 4)).collect();
        assert!(kept.budget.used() <= 100_000);
        assert!(ada.share().bytes() < 40_000, "{}", ada.share().bytes());
        drop((of_eve, nobodys));
    }

    #[test]
    fn those_that_have_most_give_up_most() {
        assert_eq!(level(vec![], 10), usize::MAX);
        assert_eq!(level(vec![1, 2, 3], 6), usize::MAX);
        assert_eq!(level(vec![100, 1], 51), 50);
        assert_eq!(level(vec![10, 10, 10], 15), 5);
        assert_eq!(level(vec![1, 40, 90, 2], 63), 30);
        assert_eq!(level(vec![5], 0), 0);
    }
}
