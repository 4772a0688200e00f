//! Tasks and threads beside those of calls.

use std::future::Future;
#[cfg(feature = "stdio")]
use std::io;
use std::pin::Pin;
#[cfg(feature = "stdio")]
use std::thread;

/// A task that is not a call: a connection, a watch, what goes on after its call.
pub(crate) type Background = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Makes a task of a future. Boxed, because the async runtime has five kilobytes of code for each type of future it runs.
pub(crate) fn background(future: impl Future<Output = ()> + Send + 'static) -> Background {
    Box::pin(future)
}

/// Starts a thread of this name, which runs until `run` returns. Boxed, for the same reason as tasks. Without a size its stack
/// has the standard library's.
///
/// # Errors
/// The system has no thread to give.
#[cfg(feature = "stdio")]
pub(crate) fn start_thread(name: &str, stack: Option<usize>, run: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    let thread = thread::Builder::new().name(name.to_owned());
    let thread = match stack {
        Some(bytes) => thread.stack_size(bytes),
        None => thread,
    };
    thread.spawn(run).map(drop)
}
