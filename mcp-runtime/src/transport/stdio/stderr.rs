//! Logging to standard error, which nobody may be reading.
//!
//! Lines go through a bounded queue to a thread of their own. A standard error that is full blocks that thread and
//! nothing else; what does not fit the queue is dropped, and counted.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::collections::VecDeque;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
#[cfg(feature = "client-logs")]
use tracing_subscriber::{
    filter::{FilterExt as _, filter_fn},
    layer::Layer as _,
};

#[cfg(feature = "client-logs")]
use crate::{call, client_logs};

/// Lines that wait for standard error. At a hundred bytes a line, 400 KiB.
const QUEUE: usize = 4096;

/// How long the process waits, at its end, for the last lines to be written.
const PATIENCE: Duration = Duration::from_millis(200);

/// What waits for standard error.
struct Queue {
    state: Mutex<State>,
    /// Told when there is something to write, and when all of it is written.
    changed: Condvar,
}

struct State {
    lines: VecDeque<Vec<u8>>,
    dropped: u64,
    writer: Writer,
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

static LINES: Queue = Queue {
    state: Mutex::new(State { lines: VecDeque::new(), dropped: 0, writer: Writer::NotStarted }),
    changed: Condvar::new(),
};

/// Sends what is logged with `tracing` to standard error, filtered by `RUST_LOG` (`info`, `my_crate=debug,warn`; without
/// it: warnings), and panics too. Does nothing for a program that has set up `tracing` itself.
///
/// The targets in `forwarded` are sent to clients as well, whatever the filter says; it is for standard error alone.
pub(crate) fn log_to_stderr(#[cfg(feature = "client-logs")] forwarded: Vec<String>) {
    let filter = std::env::var("RUST_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN));
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Stderr(Vec::new()));
    #[cfg(feature = "client-logs")]
    if !forwarded.is_empty() {
        // The spans of calls are for the other layer: the lines look as they always do.
        let layer = layer.with_filter(filter.and(filter_fn(|metadata| !client_logs::is_call(metadata))));
        let layers = tracing_subscriber::registry().with(layer).with(client_logs::layer(forwarded));
        if layers.try_init().is_err() {
            tracing::warn!(
                "`forward_logs` was left out: the program sets up `tracing` itself; add `mcp_runtime::client_logs` there"
            );
            return;
        }
        call::want_spans();
        std::panic::set_hook(Box::new(log_panic));
        return;
    }
    if tracing_subscriber::registry().with(layer).with(filter).try_init().is_err() {
        return;
    }
    std::panic::set_hook(Box::new(log_panic));
}

/// The default hook writes to standard error itself, and would wait for whoever should read it.
fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let name = thread.name().unwrap_or("?");
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let payload = info.payload();
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let mut line = format!("thread '{name}' panicked at {place}: {message}\n");
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        line.push_str(&backtrace.to_string());
    }
    send(line.into_bytes());
}

fn send(line: Vec<u8>) {
    let mut state = LINES.lock();
    if state.writer == Writer::NotStarted {
        let writer = thread::Builder::new().name("mcp-stderr".to_owned()).spawn(write_all);
        state.writer = if writer.is_ok() { Writer::Waiting } else { Writer::Missing };
    }
    if state.writer == Writer::Missing {
        return;
    }
    if state.lines.len() < QUEUE {
        state.lines.push_back(line);
    } else {
        state.dropped += 1;
    }
    drop(state);
    LINES.changed.notify_all();
}

/// Waits, a little, until what was logged is written: for the end of the process.
pub(crate) fn flush() {
    let is_busy = |state: &mut State| state.writer == Writer::Writing || !state.lines.is_empty();
    // Whatever comes of it, the process ends.
    let _ = LINES.changed.wait_timeout_while(LINES.lock(), PATIENCE, is_busy);
}

fn write_all() {
    let mut state = LINES.lock();
    loop {
        let Some(line) = state.lines.pop_front() else {
            state.writer = Writer::Waiting;
            LINES.changed.notify_all();
            state = LINES.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        state.writer = Writer::Writing;
        // Whoever logs must not wait for who reads.
        drop(state);
        let mut stderr = io::stderr().lock();
        let _ = stderr.write_all(&line);
        let dropped = std::mem::take(&mut LINES.lock().dropped);
        if dropped > 0 {
            let _ = writeln!(stderr, "({dropped} lines were dropped: nobody read them in time)");
        }
        drop(stderr);
        state = LINES.lock();
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it is held.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One log line, sent when it is complete.
struct Stderr(Vec<u8>);

impl Write for Stderr {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Stderr {
    fn drop(&mut self) {
        if !self.0.is_empty() {
            send(std::mem::take(&mut self.0));
        }
    }
}
