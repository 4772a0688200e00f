//! What is logged with `tracing`, and panics, on standard error.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use serde_json::Value;
use tracing::Level;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
#[cfg(feature = "client-logs")]
use tracing_subscriber::{
    filter::{FilterExt as _, filter_fn},
    layer::Layer as _,
};

use super::layer::ToStderr;
use super::line::{Line, is_json, own, set_json};
use super::stderr;
use crate::call::{current_request, note_requests};
use crate::log::{Field, event};
#[cfg(feature = "client-logs")]
use crate::{call, client_logs};

/// The environment variable that says how lines look.
const FORMAT: &str = "MCP_LOG_FORMAT";

/// Whether a command line has said how lines look.
static IS_CHOSEN: AtomicBool = AtomicBool::new(false);

/// Chooses how lines look: as this says, or what was said before, or else the environment.
pub(crate) fn choose_log_format(chosen: Option<&str>) {
    // A program may call `init_logging` when its command line is read already.
    if IS_CHOSEN.fetch_or(chosen.is_some(), Ordering::Relaxed) && chosen.is_none() {
        return;
    }
    let of_environment = || std::env::var(FORMAT).unwrap_or_default();
    set_json(chosen.map_or_else(of_environment, str::to_owned) == "json");
}

/// Sends what is logged with `tracing` to standard error, filtered by `RUST_LOG` (`info`, `my_crate=debug,warn`; without
/// it: warnings), and panics too. Does nothing for a program that has set up `tracing` itself.
///
/// The targets in `forwarded` are sent to clients as well, whatever the filter says; it is for standard error alone.
pub(crate) fn log_to_stderr(#[cfg(feature = "client-logs")] forwarded: Vec<String>) {
    let filter = chosen_filter().and_then(Result::ok);
    let filter = filter.unwrap_or_else(|| Targets::new().with_default(LevelFilter::WARN));
    #[cfg(feature = "client-logs")]
    if !forwarded.is_empty() {
        // The spans of calls are for the other layer: the lines look as they always do.
        let layer = ToStderr.with_filter(filter.and(filter_fn(|metadata| !client_logs::is_call(metadata))));
        let layers = tracing_subscriber::registry().with(layer).with(client_logs::layer(forwarded));
        if layers.try_init().is_err() {
            event!(
                WARN,
                "`forward_logs` was left out: the program sets up `tracing` itself; add `mcp_runtime::client_logs` there"
            );
            return;
        }
        call::want_spans();
        return begin();
    }
    if tracing_subscriber::registry().with(ToStderr).with(filter).try_init().is_ok() {
        begin();
    }
}

/// What `RUST_LOG` says, or what it says and cannot be read.
fn chosen_filter() -> Option<Result<Targets, String>> {
    let text = std::env::var("RUST_LOG").ok()?;
    Some(text.parse().map_err(|_| text))
}

/// The log is ours: so are panics, and lines name the request that they happened in.
fn begin() {
    note_requests();
    std::panic::set_hook(Box::new(log_panic));
    if let Ok(format) = std::env::var(FORMAT)
        && !matches!(&*format, "" | "text" | "json")
    {
        event!(WARN, "{FORMAT} is {format:?}, which is no format of the log: write text or json");
    }
    if let Some(Err(text)) = chosen_filter() {
        event!(WARN, "RUST_LOG is {text:?}, which cannot be read (targets and levels, no spans): warnings are logged");
    }
}

/// The default hook writes to standard error itself, and would wait for it to be read.
fn log_panic(info: &PanicHookInfo<'_>) {
    let thread = thread::current();
    let place = info.location().map(ToString::to_string).unwrap_or_default();
    let payload = info.payload();
    let message = payload.downcast_ref::<&str>().copied();
    let message = message.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message");
    let message = format!("thread '{}' panicked at {place}: {message}", thread.name().unwrap_or("?"));
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    // Of a form of its own, which people read: as text it stands below.
    let field = |text: &String| Field { name: "backtrace", value: Value::from(text.as_str()), is_text: true };
    let fields = backtrace.as_ref().filter(|_| is_json()).map(field);
    let request = current_request();
    let line = Line {
        level: Level::ERROR,
        target: "panic",
        request: request.as_ref(),
        spans: &[],
        message: &message,
        fields: fields.as_slice(),
    };
    let mut text = line.written();
    if let Some(backtrace) = backtrace.filter(|_| fields.is_none()) {
        text.push_str(&backtrace);
    }
    stderr::send(text.into_bytes());
    if cfg!(panic = "abort") {
        // The process has no other end than this.
        stderr::flush();
    }
}

/// Says to people why the program ends, or what it does, and waits a little until it is written.
pub(crate) fn say(text: &str) {
    if !is_json() {
        return stderr::say(text);
    }
    let (level, message) = match text.strip_prefix("error: ") {
        Some(error) => (Level::ERROR, error),
        None => (Level::INFO, text),
    };
    stderr::send(own(level, message).written().into_bytes());
    stderr::flush();
}
