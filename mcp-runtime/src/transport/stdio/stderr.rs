//! Writing to standard error, which nobody may be reading.
//!
//! Text goes through a bounded queue to a thread of its own. A standard error that is full blocks that thread and nothing
//! else; text that does not fit the queue is dropped and counted.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, PoisonError};
use std::time::Duration;

use super::line::notice;
use crate::background::start_thread;
use crate::escape::lines;
use crate::lock::Lock;

/// The most bytes that wait for standard error, unless it is told. A burst of some thousand lines fits.
const MOST_BYTES: usize = 1024 * 1024;

/// The most bytes of one text; a longer one is cut. What a client has sent may be in it.
pub(super) const LONGEST: usize = 64 * 1024;

/// What a text that waits costs beside its bytes, about.
const OVERHEAD: usize = 64;

/// How long the process waits, at its end, for the last texts to be written.
pub(super) const PATIENCE: Duration = Duration::from_millis(200);

/// What waits for standard error.
struct Queue {
    state: Lock<State>,
    /// Told when there is something to write, and when all of it is written.
    changed: Condvar,
}

struct State {
    texts: VecDeque<Vec<u8>>,
    /// What the texts cost together, and may cost.
    bytes: usize,
    most_bytes: usize,
    dropped: Dropped,
    writer: Writer,
    /// Where it is written, if that is no longer the standard error of the process.
    target: Option<Arc<File>>,
}

#[derive(Default)]
struct Dropped {
    lines: u64,
    bytes: u64,
}

/// What the thread does that writes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Writer {
    /// It was not needed yet.
    NotStarted,
    Waiting,
    Writing,
    /// The system had none to give; the server itself does not need it.
    Missing,
}

static QUEUE: Queue = Queue {
    state: Lock::new(State {
        texts: VecDeque::new(),
        bytes: 0,
        most_bytes: MOST_BYTES,
        dropped: Dropped { lines: 0, bytes: 0 },
        writer: Writer::NotStarted,
        target: None,
    }),
    changed: Condvar::new(),
};

/// Writes to standard error, without waiting for it to be read.
pub(super) fn send(mut text: Vec<u8>) {
    shorten(&mut text);
    let mut state = QUEUE.state.lock();
    if state.start_writer() {
        state.push(text);
    }
    drop(state);
    QUEUE.changed.notify_all();
}

/// From now on so many bytes may wait.
pub(crate) fn limit(bytes: usize) {
    QUEUE.state.lock().most_bytes = bytes;
}

/// Writes lines for people, and waits a little until they are written.
pub(super) fn say(text: &str) {
    send(format!("{}\n", lines(text)).into_bytes());
    flush();
}

/// Everything is written to `file` from now on: the standard error of the process leads back here.
///
/// # Errors
/// Where there is no thread to write it.
#[cfg(unix)]
pub(super) fn redirect(file: Arc<File>) -> io::Result<()> {
    let mut state = QUEUE.state.lock();
    if !state.start_writer() {
        return Err(io::Error::other("no thread to write to standard error"));
    }
    state.target = Some(file);
    Ok(())
}

/// Waits, a little, until all that was sent is written: for the end of the process. Whether it is.
pub(crate) fn flush() -> bool {
    let is_busy = |state: &mut State| state.writer == Writer::Writing || !state.texts.is_empty();
    let waited = QUEUE.changed.wait_timeout_while(QUEUE.state.lock(), PATIENCE, is_busy);
    waited.is_ok_and(|(_, waited)| !waited.timed_out())
}

fn write_all() {
    let mut state = QUEUE.state.lock();
    loop {
        let Some(text) = state.texts.pop_front() else {
            state.writer = Writer::Waiting;
            QUEUE.changed.notify_all();
            state = QUEUE.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        state.bytes -= cost(&text);
        state.writer = Writer::Writing;
        let target = state.target.clone();
        // Those who log must not wait for those who read.
        drop(state);
        match target {
            Some(file) => write(&mut &*file, &text),
            None => write(&mut io::stderr().lock(), &text),
        }
        state = QUEUE.state.lock();
    }
}

fn write(target: &mut dyn Write, text: &[u8]) {
    let _ = target.write_all(text);
    let Dropped { lines, bytes } = std::mem::take(&mut QUEUE.state.lock().dropped);
    if bytes > 0 {
        let message = format!("{lines} lines, {bytes} bytes, were dropped: standard error was not read in time");
        let _ = target.write_all(notice(&message).as_bytes());
    }
}

impl State {
    /// Starts the thread that writes, unless it runs. Whether it does.
    fn start_writer(&mut self) -> bool {
        if self.writer == Writer::NotStarted {
            let writer = start_thread("mcp-stderr", None, Box::new(write_all));
            self.writer = if writer.is_ok() { Writer::Waiting } else { Writer::Missing };
        }
        self.writer != Writer::Missing
    }

    fn push(&mut self, text: Vec<u8>) {
        if self.bytes + cost(&text) > self.most_bytes {
            self.dropped.lines += text.iter().filter(|byte| **byte == b'\n').count() as u64;
            self.dropped.bytes += text.len() as u64;
            return;
        }
        self.bytes += cost(&text);
        self.texts.push_back(text);
    }
}

fn cost(text: &[u8]) -> usize {
    text.len() + OVERHEAD
}

/// Cuts a text that is too long, between two characters.
fn shorten(text: &mut Vec<u8>) {
    if text.len() <= LONGEST {
        return;
    }
    let is_inside = |at: &usize| text[*at] & 0b1100_0000 == 0b1000_0000;
    let end = (0..=LONGEST).rev().find(|at| !is_inside(at)).unwrap_or(LONGEST);
    let left = text.len() - end;
    text.truncate(end);
    text.extend_from_slice(format!("… ({left} more bytes)\n").as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_cut_between_two_characters() {
        for before in 0..4 {
            let mut text = format!("{}{}\n", "x".repeat(LONGEST - before), "☃".repeat(9)).into_bytes();
            shorten(&mut text);
            let text = String::from_utf8(text).expect("it is cut between two characters");
            assert!(text.ends_with(" more bytes)\n") && text.len() < LONGEST + 40, "{}", text.len());
        }
        let mut short = "☃".repeat(LONGEST / 3).into_bytes();
        shorten(&mut short);
        assert_eq!(short.len(), LONGEST / 3 * 3);
    }
}
