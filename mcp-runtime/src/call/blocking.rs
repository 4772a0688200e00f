//! Running functions that hold their thread.

use std::cell::Cell;
use std::sync::Arc;

use mcp_proto::wire::{Reply, RpcError};

use super::contain::contain;
use super::ctx::Call;
use super::current::Working;
use super::span;

/// A function that holds its thread, its types erased.
pub(super) type Function = Arc<dyn Fn(&Call) -> Reply + Send + Sync>;

thread_local! {
    /// Whether a blocking function runs on this thread.
    static IS_HELD: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is held by a blocking function already. What that calls of its own server runs right here: waiting for
/// another thread could be for ever, where all are held by the like.
pub(super) fn is_held() -> bool {
    IS_HELD.get()
}

/// Runs a function on a thread of its own, once there is one. Its panic is passed on.
pub(super) async fn run(function: impl FnOnce(&Call) -> Reply + Send + 'static, call: Call) -> Reply {
    let blocking = Arc::clone(&call.ctx().scope().shared.blocking);
    let Some(permit) = blocking.enter().await else {
        let why = format!("Too many calls wait for a thread: at most {}; try again later", blocking.most_waiting);
        return Reply::error(call.id(), &RpcError { message: why.into(), ..RpcError::internal() });
    };
    let span = span::current();
    let running = tokio::task::spawn_blocking(move || {
        // Until the function ends, whatever becomes of the call meanwhile: it cannot be stopped.
        let _permit = permit;
        // Cancelled on the way to this thread: then it never begins.
        (!call.ctx().is_cancelled()).then(|| {
            let _working = Working::on(call.id());
            IS_HELD.set(true);
            let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| span.in_scope(|| function(&call))));
            IS_HELD.set(false);
            // Not left to the runtime, which would drop it if nobody waits for it any more.
            ran.map_err(contain)
        })
    });
    match running.await {
        Ok(Some(Ok(reply))) => reply,
        Ok(Some(Err(()))) => std::panic::resume_unwind(Box::new(())),
        // Nobody waits for it. The pool refuses work only while the runtime shuts down, and drops us with it.
        Ok(None) | Err(_) => std::future::pending().await,
    }
}
