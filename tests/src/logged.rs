//! What is logged while something is done.

use std::cell::RefCell;
use std::io::{Result, Write};
use std::sync::Once;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::prelude::*;

/// The target of the lines that tell of each request.
const GATE: &str = "mcp_runtime::gate";

thread_local! {
    /// What was logged on this thread, once somebody listens.
    static LOGGED: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Does something on this thread; gives what was logged meanwhile, too, as it is printed.
pub fn logged<T>(act: impl FnOnce() -> T) -> (T, String) {
    let logged = Logged::listen();
    let done = act();
    (done, logged.take())
}

/// Listens to what is logged on this thread: by a test, and by the servers that run in it.
#[derive(Debug)]
pub struct Logged(());

impl Logged {
    /// Listens from now on.
    ///
    /// There is one subscriber for all threads of the program. Where only one thread had one, `tracing` would ask any thread
    /// that happens to be the first to log something whether anybody listens, and believe it.
    pub fn listen() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(|| Writer);
            let filter = Targets::new().with_default(LevelFilter::INFO).with_target(GATE, LevelFilter::DEBUG);
            tracing_subscriber::registry().with(layer).with(filter).init();
        });
        LOGGED.set(Some(Vec::new()));
        Self(())
    }

    /// What was logged since the last time, but for what is told of each request.
    pub fn take(&self) -> String {
        self.lines(|line| !line.contains(GATE)).collect()
    }

    /// What was told of each request since the last time.
    pub fn take_requests(&self) -> Vec<String> {
        let told = self.lines(|line| line.contains(GATE));
        told.filter_map(|line| Some(line.split_once(GATE)?.1.trim_start_matches(':').trim().to_owned())).collect()
    }

    fn lines(&self, which: impl Fn(&str) -> bool) -> impl Iterator<Item = String> {
        let bytes = LOGGED.replace(Some(Vec::new())).unwrap_or_default();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let lines: Vec<String> = text.split_inclusive('\n').filter(|line| which(line)).map(str::to_owned).collect();
        lines.into_iter()
    }
}

impl Drop for Logged {
    fn drop(&mut self) {
        LOGGED.set(None);
    }
}

struct Writer;

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.iter_mut().for_each(|logged| logged.extend_from_slice(bytes)));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
