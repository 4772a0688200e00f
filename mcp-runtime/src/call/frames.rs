//! Frames in a row.

use std::collections::VecDeque;
use std::ops::Range;

use mcp_proto::wire::is_single_line;

use super::frame::Frame;

/// What a frame costs in a row beside its bytes.
pub(crate) const PLACE: usize = size_of::<Place>();

/// A buffer of this size is kept for the next frames. A burst does not keep its memory for ever.
const KEPT: usize = 16 * 1024;

/// Frames that wait together, or are handed over together. Each has a buffer of its own, or is written into the one that the
/// row has: a call that says a lot in a few words needs no memory for each of them.
#[derive(Default)]
pub(crate) struct Frames {
    places: VecDeque<Place>,
    /// The bytes of the frames that were written here. They stay until the last frame is taken.
    written: Vec<u8>,
    bytes: usize,
}

/// Where a frame is.
enum Place {
    Apart(Frame),
    Written(Range<usize>),
    /// Nowhere: it had to go.
    Gone,
}

impl Frames {
    #[inline]
    pub(crate) fn push(&mut self, frame: Frame) {
        self.bytes += frame.len();
        self.places.push_back(Place::Apart(frame));
    }

    /// Adds a frame that `write` appends, of about so many bytes. How many it has.
    pub(crate) fn write(&mut self, about: usize, write: &dyn Fn(&mut Vec<u8>)) -> usize {
        let begin = self.written.len();
        self.written.reserve(about);
        write(&mut self.written);
        debug_assert!(is_single_line(&self.written[begin..]), "a frame of several lines");
        let bytes = self.written.len() - begin;
        self.places.push_back(Place::Written(begin..begin + bytes));
        self.bytes += bytes;
        bytes
    }

    /// The first of them, taken out.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Frame> {
        while !self.places.is_empty() {
            let first = self.pop_place();
            if first.is_some() {
                return first;
            }
        }
        None
    }

    /// Takes the first place out: its frame, unless that had to go.
    pub(crate) fn pop_place(&mut self) -> Option<Frame> {
        let frame = match self.places.pop_front()? {
            Place::Apart(frame) => frame,
            Place::Written(range) => Frame::Own(self.written[range].to_vec()),
            Place::Gone => return None,
        };
        self.taken(frame.len());
        Some(frame)
    }

    /// Takes the first of them out, and appends it to `out`. Whether there was one. Behind nothing, a frame with a buffer of
    /// its own is not copied.
    #[cfg(any(test, feature = "stdio", feature = "http", feature = "streams"))]
    pub(crate) fn pop_into(&mut self, out: &mut Vec<u8>) -> bool {
        let before = out.len();
        loop {
            match self.places.pop_front() {
                Some(Place::Apart(Frame::Own(frame))) if out.is_empty() => *out = frame,
                Some(Place::Apart(frame)) => out.extend_from_slice(&frame),
                Some(Place::Written(range)) => out.extend_from_slice(&self.written[range]),
                Some(Place::Gone) => continue,
                None => return false,
            }
            self.taken(out.len() - before);
            return true;
        }
    }

    #[inline]
    fn taken(&mut self, bytes: usize) {
        self.bytes -= bytes;
        if !self.written.is_empty() && self.places.is_empty() {
            self.written.clear();
            self.written.shrink_to(KEPT);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// How many places there are.
    #[cfg(feature = "http")]
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The bytes of all of them.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    /// The frame at a place, unless it had to go.
    pub(crate) fn get(&self, at: usize) -> Option<&[u8]> {
        match &self.places[at] {
            Place::Apart(frame) => Some(frame),
            Place::Written(range) => Some(&self.written[range.clone()]),
            Place::Gone => None,
        }
    }

    /// Puts a frame in the place of another. How many bytes that had.
    pub(crate) fn replace(&mut self, at: usize, frame: Frame) -> usize {
        let before = self.get(at).map_or(0, <[u8]>::len);
        self.bytes = self.bytes - before + frame.len();
        self.places[at] = Place::Apart(frame);
        before
    }

    /// Lets a frame go. Its place stays until the gaps are closed.
    pub(crate) fn remove(&mut self, at: usize) {
        self.bytes -= self.get(at).map_or(0, <[u8]>::len);
        self.places[at] = Place::Gone;
    }

    /// Takes the places of frames out that are gone.
    pub(crate) fn close_gaps(&mut self) {
        self.places.retain(|place| !matches!(place, Place::Gone));
    }

    /// The bytes of those that were written here.
    #[cfg(test)]
    pub(crate) fn written(&self) -> &[u8] {
        &self.written
    }

    /// How much memory is kept for those that are written here.
    #[cfg(test)]
    pub(crate) fn kept(&self) -> usize {
        self.written.capacity()
    }
}
