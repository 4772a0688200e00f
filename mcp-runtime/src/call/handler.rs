//! A bound function, its types erased.

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use mcp_proto::wire::Reply;

use super::answer::{Answer, HandlerFuture};
use super::blocking;
use super::ctx::Call;

/// A function that was bound to its state: it takes a call and answers it.
#[derive(Clone)]
pub struct Handler(Kind);

#[derive(Clone)]
enum Kind {
    Sync(Arc<dyn Fn(&Call) -> Reply + Send + Sync>),
    Async(Arc<dyn Fn(Call) -> HandlerFuture + Send + Sync>),
    Blocking(blocking::Function),
}

impl Handler {
    /// A function that answers on the spot.
    pub fn sync(f: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        Self(Kind::Sync(Arc::new(f)))
    }

    /// A function that may have to wait.
    pub fn asynchronous<F, Fut>(f: F) -> Self
    where
        F: Fn(Call) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Reply> + Send + 'static,
    {
        Self(Kind::Async(Arc::new(move |call| Box::pin(f(call)))))
    }

    /// A function that holds its thread; it runs where that hurts nobody.
    pub fn blocking(f: impl Fn(&Call) -> Reply + Send + Sync + 'static) -> Self {
        Self(Kind::Blocking(Arc::new(f)))
    }

    /// Whether starting a call answers it, wherever that is done.
    pub(crate) fn answers_at_once(&self) -> bool {
        matches!(self.0, Kind::Sync(_))
    }

    /// Starts a call. A panic of the function passes through; the service catches it.
    pub(crate) fn start(&self, call: &Call) -> Answer {
        match &self.0 {
            Kind::Sync(f) => Answer::Ready(f(call)),
            Kind::Async(f) => Answer::Later(f(call.clone())),
            Kind::Blocking(f) if blocking::is_held() => Answer::Ready(f(call)),
            Kind::Blocking(f) => {
                let f = Arc::clone(f);
                Answer::Later(Box::pin(blocking::run(move |call| f(call), call.clone())))
            }
        }
    }
}

/// Runs a function that holds its thread where that hurts nobody, for a call.
pub(crate) async fn on_own_thread(call: Call, function: Box<dyn FnOnce(&Call) -> Reply + Send>) -> Reply {
    if blocking::is_held() { function(&call) } else { blocking::run(function, call).await }
}

impl fmt::Debug for Handler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Sync(_) => "Handler::Sync",
            Kind::Async(_) => "Handler::Async",
            Kind::Blocking(_) => "Handler::Blocking",
        })
    }
}
