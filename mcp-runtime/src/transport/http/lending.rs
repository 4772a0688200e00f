//! What a later round of a call speaks into: its permit may be used by others while it waits for another run of the round.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use super::place::Calls;
use crate::call::{Class, Frame, Outlet};

/// The outlet of a call without a session that goes on with a round. The call itself holds its permit, longer than this.
pub(super) struct Lending {
    outlet: Arc<dyn Outlet>,
    calls: Arc<Calls>,
    /// Whether others may use the permit right now.
    is_lent: AtomicBool,
}

impl Lending {
    pub(super) fn new(outlet: Arc<dyn Outlet>, calls: &Arc<Calls>) -> Self {
        Self { outlet, calls: Arc::clone(calls), is_lent: AtomicBool::new(false) }
    }
}

impl Outlet for Lending {
    fn send(&self, class: Class, frame: Frame) {
        self.outlet.send(class, frame);
    }

    fn say(&self, class: Class, about: usize, write: &dyn Fn(&mut Vec<u8>)) {
        self.outlet.say(class, about, write);
    }

    fn answer(&self, frame: Vec<u8>) {
        self.outlet.answer(frame);
    }

    fn is_heard(&self) -> bool {
        self.outlet.is_heard()
    }

    // A call waits for one thing at a time: before its function runs, for the other run of its round.

    fn begin_waiting(&self) {
        self.is_lent.store(self.calls.begin_waiting(), Ordering::Relaxed);
    }

    fn end_waiting(&self) {
        if self.is_lent.swap(false, Ordering::Relaxed) {
            self.calls.end_waiting();
        }
    }

    fn disconnect(&self) {
        self.outlet.disconnect();
    }

    fn poll_room(&self, cx: &mut Context<'_>) -> Poll<()> {
        self.outlet.poll_room(cx)
    }
}
