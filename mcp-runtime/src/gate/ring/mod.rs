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
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use mcp_proto::wire::{self, RpcError};

use super::checked::checked;
use super::drive::{Driven, begin_within, layer_panicked, over, start_within};
use crate::call::{Call as ServedCall, Contained, Ctx, Handler, contain, discard};

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
    /// A tool, a resource, a prompt, or a method of the author's.
    Handler(Arc<Wrapped>),
    /// A method of the protocol's own.
    Builtin(Arc<Box<Builtin>>),
}

/// A handler, and what is around it.
#[derive(Clone, Debug)]
pub(crate) struct Wrapped {
    pub(crate) handler: Handler,
    /// What checks each call, where its entry has a policy: the author's function.
    pub(crate) check: Option<Handler>,
    /// The layers of its group, within those of the server.
    pub(crate) ring: Option<Ring>,
}

impl Ring {
    pub(crate) fn new(around: impl Around + 'static) -> Self {
        Self(Arc::new(around))
    }

    /// Sends a call through the ring of the server, and through that of its group.
    pub(crate) fn enter(&self, call: ServedCall, core: Core) -> Result<wire::Reply, Driven> {
        self.send(call, core, false)
    }

    /// Sends a call through the ring of its group, which is this one.
    pub(crate) fn enter_group(&self, call: ServedCall, core: Core) -> Result<wire::Reply, Driven> {
        self.send(call, core, true)
    }

    #[inline]
    fn send(&self, call: ServedCall, core: Core, is_in_group: bool) -> Result<wire::Reply, Driven> {
        let ctx = call.ctx().clone();
        let answers_at_once = core.answers_at_once() && !ctx.goes_on();
        let call = Call::new(call, core, is_in_group);
        let (mut future, mut reply) = (None, None);
        // Layers begin here, and may panic. Around a function that answers at once most of them do, too: such a call is over
        // before anybody has to drive it. Whoever drives another polls it at once, so a wake-up that goes nowhere is not missed.
        let begun = catch_unwind(AssertUnwindSafe(|| {
            let begun = future.insert(self.0.run(call));
            if answers_at_once
                && let Poll::Ready(Ok(answer)) = begun.as_mut().poll(&mut Context::from_waker(Waker::noop()))
            {
                reply = Some(answer.into_wire());
                // A destructor may panic as well. The answer stands.
                future = None;
            }
        }));
        match (begun, reply, future) {
            (Ok(()), Some(reply), _) => Ok(over(ctx, reply)),
            (Ok(()), None, Some(future)) => Err(Driven::in_ring(ctx, Contained::new(future))),
            (begun, reply, future) => Ok(broken_off(ctx, begun, reply, future)),
        }
    }
}

/// The answer of a call of which a layer has panicked where it began.
#[cold]
fn broken_off(
    ctx: Ctx,
    begun: std::thread::Result<()>,
    reply: Option<wire::Reply>,
    future: Option<ReplyFuture>,
) -> wire::Reply {
    discard(future);
    let reply = match (begun, reply) {
        (Err(payload), Some(reply)) => {
            contain(payload);
            reply
        }
        (Err(payload), None) => layer_panicked(&ctx, payload),
        (Ok(()), _) => wire::Reply::error(&ctx.inner().request.id, &RpcError::internal()),
    };
    over(ctx, reply)
}

impl Core {
    /// Whether it answers where it is started.
    #[inline]
    fn answers_at_once(&self) -> bool {
        matches!(self, Self::Handler(wrapped) if wrapped.handler.answers_at_once())
    }

    /// Starts what is in the middle, and polls it once. Arguments that a layer has changed are checked as the client's were.
    #[inline]
    fn start(self, call: ServedCall, is_changed: bool, cx: &mut Context<'_>) -> Result<wire::Reply, Driven> {
        match self {
            Self::Handler(wrapped) => match &wrapped.check {
                Some(check) if is_changed => {
                    let wrapped = Arc::clone(&wrapped);
                    checked(check, call, move |call| begin_within(&wrapped.handler, call)).map_err(Driven::within_ring)
                }
                _ => start_within(&wrapped.handler, call, cx),
            },
            Self::Builtin(builtin) => builtin(call).map_err(Driven::within_ring),
        }
    }
}

impl fmt::Debug for Ring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ring")
    }
}
