//! The ring of layers around a handler. It is entered once a request is routed, so that a layer knows what is called, and before
//! the handler is driven, so that a suspended call is an outcome like any other.

mod call;
mod next;
pub(super) mod reply;

pub use call::Call;
pub use next::{Next, Run};
pub(crate) use reply::ReplyFuture;
pub use reply::{Outcome, Reply};

use std::fmt;
use std::future::ready;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use mcp_proto::wire;

use super::checked::checked;
use super::drive::{Driven, layer_panicked, start};
use crate::call::{Call as ServedCall, Handler};

/// A layer around what is within it, its type erased.
pub(crate) trait Around: Send + Sync {
    /// Runs a call through the layer.
    fn run(&self, call: Call) -> ReplyFuture;
}

/// All layers of a server or a group, the outermost first to see a call. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Ring(Arc<dyn Around>);

/// What a method of the protocol's own does.
pub(crate) type Builtin = dyn Fn(ServedCall) -> Result<wire::Reply, Driven> + Send + Sync;

/// What is in the middle of the ring.
#[derive(Clone)]
pub(crate) enum Core {
    /// A tool, a resource, a prompt, or a method of the author's, with what checks its calls.
    Handler(Handler, Option<Handler>),
    /// A method of the protocol's own.
    Builtin(Arc<Builtin>),
}

impl Ring {
    pub(crate) fn new(around: impl Around + 'static) -> Self {
        Self(Arc::new(around))
    }

    /// Sends a call through the ring, and through `then`, the ring of its group.
    pub(crate) fn enter(&self, call: ServedCall, core: Core, then: Option<&Self>) -> Driven {
        let ctx = call.ctx().clone();
        let call = Call::new(call, core, then.cloned());
        // Layers begin here, before the first poll, and may panic.
        let future = match catch_unwind(AssertUnwindSafe(|| self.0.run(call))) {
            Ok(future) => future,
            Err(payload) => Box::pin(ready(Ok(Reply::new(layer_panicked(&ctx, payload))))),
        };
        Driven::in_ring(ctx, future)
    }
}

impl Core {
    /// Starts what is in the middle, and polls nothing yet. Arguments that a layer has changed are checked as the client's were.
    fn start(&self, call: ServedCall, is_changed: bool) -> Result<wire::Reply, Driven> {
        let started = match self {
            Self::Handler(handler, Some(check)) if is_changed => {
                let handler = handler.clone();
                checked(check, call, move |call| start(&handler, call))
            }
            Self::Handler(handler, _) => start(handler, call),
            Self::Builtin(builtin) => builtin(call),
        };
        started.map_err(Driven::within_ring)
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ring")
    }
}
