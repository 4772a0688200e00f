//! What is logged with `tracing`, and panics, on standard error.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::thread;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
#[cfg(feature = "client-logs")]
use tracing_subscriber::{
    filter::{FilterExt as _, filter_fn},
    layer::Layer as _,
};

use super::stderr;
use crate::escape::one_line;
#[cfg(feature = "client-logs")]
use crate::{call, client_logs};

/// Sends what is logged with `tracing` to standard error, filtered by `RUST_LOG` (`info`, `my_crate=debug,warn`; without
/// it: warnings), and panics too. Does nothing for a program that has set up `tracing` itself.
///
/// The targets in `forwarded` are sent to clients as well, whatever the filter says; it is for standard error alone.
pub(crate) fn log_to_stderr(#[cfg(feature = "client-logs")] forwarded: Vec<String>) {
    let filter = std::env::var("RUST_LOG").ok().and_then(|text| text.parse::<Targets>().ok());
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN));
    let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Line(Vec::new()));
    #[cfg(feature = "client-logs")]
    if !forwarded.is_empty() {
        // The spans of calls are for the other layer: the lines look as they always do.
        let layer = layer.with_filter(filter.and(filter_fn(|metadata| !client_logs::is_call(metadata))));
        let layers = tracing_subscriber::registry().with(layer).with(client_logs::layer(forwarded));
        if layers.try_init().is_err() {
            crate::log::event!(
                WARN,
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

/// The default hook writes to standard error itself, and would wait for it to be read.
fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let name = one_line(thread.name().unwrap_or("?"));
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let payload = info.payload();
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let mut line = format!("thread '{name}' panicked at {place}: {}\n", one_line(message));
    let backtrace = Backtrace::capture();
    if backtrace.status() == BacktraceStatus::Captured {
        line.push_str(&backtrace.to_string());
    }
    stderr::send(line.into_bytes());
    if cfg!(panic = "abort") {
        // The process has no other end than this.
        stderr::flush();
    }
}

/// One log line, sent when it is complete. What a client has said may be in it, and must not look like a line of its own.
struct Line(Vec<u8>);

impl Write for Line {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.extend_from_slice(buf);
        Ok(buf.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.0);
        if !text.is_empty() {
            stderr::send(format!("{}\n", one_line(text.trim_end_matches('\n'))).into_bytes());
        }
    }
}
