//! Tasks beside those of calls.

use std::future::Future;
use std::pin::Pin;

/// A task that is not a call: a connection, a watch, what goes on after its call.
pub(crate) type Background = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Makes a task of a future. Boxed, because the async runtime has five kilobytes of code for each type of future it runs.
pub(crate) fn background(future: impl Future<Output = ()> + Send + 'static) -> Background {
    Box::pin(future)
}
