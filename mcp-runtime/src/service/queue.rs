//! The frames that wait for one peer, and those that it was sent and may ask for again.
//!
//! Answers are always taken in: there are at most as many as calls in flight. All else is bounded, in bytes: progress is
//! coalesced, log messages are dropped and counted, notices are not doubled and the oldest goes. Frames leave in the order
//! in which they came; each has a place, so that one that waits is found without looking at the others.

use std::collections::{HashMap, HashSet, VecDeque};

use bytes::Bytes;
use mcp_proto::engine::CallKey;
use mcp_proto::hash::Fold;

use crate::budget::SMALL;
use crate::call::{Class, Frame, Frames, PLACE, dropped_logs};

/// A peer is behind once this many bytes wait for it. A pipe holds 64 KiB; more than a few of those is no hiccup.
const BEHIND: usize = 256 * 1024;

/// Places without a frame that are not worth looking for.
const FEW: usize = 32;

pub(crate) struct Queue {
    /// The frames, and for each of them its slot.
    frames: Frames,
    slots: VecDeque<Slot>,
    /// The most bytes of log messages, progress and notices that wait together: always, and right now.
    most: usize,
    limit: usize,
    /// The place of the newest frame. They are counted from 1.
    last: u64,
    /// Up to which place the peer was sent everything.
    sent: u64,
    /// What all frames cost, those that wait, and those of them that are no answers.
    bytes: usize,
    waiting: usize,
    said: usize,
    /// Log messages for which there was no room, and of which the peer was not told yet.
    dropped_logs: u64,
    /// Most peers are not behind and hear of no change.
    held: Option<Box<Held>>,
}

struct Slot {
    place: u64,
    /// What it was counted as, for when it is forgotten.
    #[cfg(feature = "http")]
    class: Class,
}

/// Where those of the frames that wait stand which others may make needless.
#[derive(Default)]
struct Held {
    progress: HashMap<CallKey, u64, Fold>,
    notices: HashSet<Bytes>,
    /// Of the notices, oldest first.
    notice_places: VecDeque<u64>,
    /// How many slots have no frame.
    gaps: usize,
}

/// What a frame costs while it is here, beside its bytes.
const OVERHEAD: usize = PLACE + size_of::<Slot>();

impl Queue {
    /// An empty queue. Of what is no answer so many bytes may wait.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            frames: Frames::default(),
            slots: VecDeque::new(),
            most,
            limit: most,
            last: 0,
            sent: 0,
            bytes: 0,
            waiting: 0,
            said: 0,
            dropped_logs: 0,
            held: None,
        }
    }

    /// Takes a frame in, as far as there is room for it. How many were dropped, this one or others.
    pub(crate) fn push(&mut self, class: Class, frame: Frame) -> u64 {
        match class {
            Class::Answer => self.tell_dropped(),
            Class::Log if self.said >= self.limit => {
                self.dropped_logs += 1;
                return 1;
            }
            Class::Log => self.tell_dropped(),
            Class::Progress(call) if self.is_behind() => {
                self.push_progress(call, frame);
                return 0;
            }
            Class::Progress(_) => {}
            Class::Notice => return self.push_notice(frame),
        }
        self.add(class, frame);
        0
    }

    /// The same for what a call says, which `write` appends: about so many bytes.
    pub(crate) fn write(&mut self, class: Class, about: usize, write: &dyn Fn(&mut Vec<u8>)) -> u64 {
        if about > SMALL || self.is_behind() {
            // It may go before it is sent, or would leave much room behind it.
            let mut frame = Vec::with_capacity(about);
            write(&mut frame);
            return self.push(class, frame.into());
        }
        self.tell_dropped();
        let bytes = self.frames.write(about, write);
        self.count(class, bytes);
        0
    }

    /// Says whether the server has memory left. While it has none, no more may wait than a small message or two: what all
    /// clients together may have waiting would be many times its limit.
    pub(crate) fn set_tight(&mut self, is_tight: bool) {
        self.limit = if is_tight { SMALL.min(self.most) } else { self.most };
    }

    #[inline]
    fn add(&mut self, class: Class, frame: Frame) {
        let bytes = frame.len();
        self.frames.push(frame);
        self.count(class, bytes);
    }

    /// Counts the frame that has come last.
    #[inline]
    fn count(&mut self, class: Class, bytes: usize) {
        let cost = bytes + OVERHEAD;
        self.bytes += cost;
        self.waiting += cost;
        if class != Class::Answer {
            self.said += cost;
        }
        self.last += 1;
        self.slots.push_back(Slot {
            place: self.last,
            #[cfg(feature = "http")]
            class,
        });
    }

    /// Tells the peer of the log messages that were dropped, before what comes next.
    #[inline]
    pub(crate) fn tell_dropped(&mut self) {
        if self.dropped_logs > 0 {
            let dropped = std::mem::take(&mut self.dropped_logs);
            self.add(Class::Log, dropped_logs(dropped).into());
        }
    }

    fn push_progress(&mut self, call: CallKey, frame: Frame) {
        let held = self.held.get_or_insert_default();
        if let Some(place) = held.progress.get(&call) {
            let now = frame.len();
            let before = self.frames.replace(index_of(&self.slots, *place), frame);
            for sum in [&mut self.bytes, &mut self.waiting, &mut self.said] {
                *sum = *sum - before + now;
            }
        } else {
            // Whatever else waits: the last of a call always arrives. There are as many as calls that run.
            held.progress.insert(call, self.last + 1);
            self.add(Class::Progress(call), frame);
        }
    }

    fn push_notice(&mut self, frame: Frame) -> u64 {
        let notice: Bytes = match frame {
            Frame::Own(bytes) => bytes.into(),
            Frame::Shared(bytes) => bytes,
        };
        let held = self.held.get_or_insert_default();
        if !held.notices.insert(notice.clone()) {
            return 0;
        }
        // The oldest goes: a peer that is so far behind must look again anyway.
        let mut dropped = 0;
        while self.said >= self.limit && self.drop_oldest_notice() {
            dropped += 1;
        }
        let held = self.held.get_or_insert_default();
        held.notice_places.push_back(self.last + 1);
        self.add(Class::Notice, Frame::Shared(notice));
        dropped
    }

    /// Drops the notice that waits longest. Whether there was one.
    fn drop_oldest_notice(&mut self) -> bool {
        let Some(held) = &mut self.held else { return false };
        let Some(place) = held.notice_places.pop_front() else { return false };
        let at = index_of(&self.slots, place);
        let Some(frame) = self.frames.get(at) else { return false };
        held.notices.remove(frame);
        let cost = frame.len() + OVERHEAD;
        self.frames.remove(at);
        for sum in [&mut self.bytes, &mut self.waiting, &mut self.said] {
            *sum -= cost;
        }
        held.gaps += 1;
        if held.gaps > FEW.max(self.slots.len() / 2) {
            self.close_gaps();
        }
        true
    }

    fn close_gaps(&mut self) {
        let mut at = 0..;
        self.slots.retain(|_| at.next().is_some_and(|at| self.frames.get(at).is_some()));
        self.frames.close_gaps();
        if let Some(held) = &mut self.held {
            held.gaps = 0;
        }
    }

    /// Whether the peer is behind: progress is coalesced, and who awaits what it says waits.
    #[inline]
    pub(crate) fn is_behind(&self) -> bool {
        self.waiting >= BEHIND.min(self.limit)
    }

    /// What the frames that wait cost.
    pub(crate) fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many frames wait.
    pub(crate) fn waiting_frames(&self) -> u64 {
        let gaps = self.held.as_ref().map_or(0, |held| held.gaps);
        (self.last - self.sent).saturating_sub(gaps as u64)
    }

    /// Whether nothing waits.
    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting == 0 && self.dropped_logs == 0
    }

    /// What all frames cost, those that were sent as well.
    #[inline]
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Takes all frames out, for a peer that comes back for none. There is nothing in `frames`.
    pub(crate) fn take(&mut self, frames: &mut Frames) {
        debug_assert!(frames.is_empty(), "they would be sent again");
        self.tell_dropped();
        self.all_sent();
        std::mem::swap(&mut self.frames, frames);
        self.slots.clear();
        self.bytes = 0;
    }

    /// The peer was sent everything.
    pub(crate) fn all_sent(&mut self) {
        self.sent = self.last;
        (self.waiting, self.said) = (0, 0);
        if let Some(held) = self.held.take()
            && held.gaps > 0
        {
            self.close_gaps();
        }
    }
}

/// Frames that are kept after they were sent.
#[cfg(feature = "http")]
impl Queue {
    /// The place of the newest frame; 0 where there never was one.
    pub(crate) fn last(&self) -> u64 {
        self.last
    }

    /// Up to which place the peer was sent everything.
    pub(crate) fn sent(&self) -> u64 {
        self.sent
    }

    /// How many frames are kept.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.held.as_ref().map_or(0, |held| held.gaps)
    }

    /// The frames after a place, with their places.
    pub(crate) fn after(&self, place: u64) -> impl Iterator<Item = (u64, &[u8])> {
        let first = index_of(&self.slots, place + 1);
        (first..self.slots.len()).filter_map(|at| Some((self.slots[at].place, self.frames.get(at)?)))
    }

    /// Whether the peer was sent the oldest frame that is kept.
    pub(crate) fn is_oldest_sent(&self) -> bool {
        self.slots.front().is_some_and(|slot| slot.place <= self.sent)
    }

    /// Forgets the oldest frame, sent or not. Its place.
    pub(crate) fn forget_oldest(&mut self) -> Option<u64> {
        loop {
            let gone = self.slots.pop_front()?;
            let Some(frame) = self.frames.pop_place() else {
                self.held.iter_mut().for_each(|held| held.gaps -= 1);
                continue;
            };
            let cost = frame.len() + OVERHEAD;
            self.bytes -= cost;
            if gone.place > self.sent {
                self.sent = gone.place;
                self.waiting -= cost;
                if gone.class != Class::Answer {
                    self.said -= cost;
                }
                self.let_go(&gone.class, gone.place, &frame);
            }
            return Some(gone.place);
        }
    }

    /// A frame that waited is gone.
    fn let_go(&mut self, class: &Class, place: u64, frame: &[u8]) {
        let Some(held) = &mut self.held else { return };
        match class {
            Class::Progress(call) if held.progress.get(call) == Some(&place) => drop(held.progress.remove(call)),
            Class::Notice => {
                held.notices.remove(frame);
                // It was the oldest.
                held.notice_places.pop_front();
            }
            _ => {}
        }
    }
}

/// Where the first slot stands whose place is not before `place`.
fn index_of(slots: &VecDeque<Slot>, place: u64) -> usize {
    slots.partition_point(|slot| slot.place < place)
}

#[cfg(test)]
mod tests;
