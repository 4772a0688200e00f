//! The calls of a connection or a session that did not finish where they were started.

use std::collections::HashMap;

use mcp_proto::engine::CallKey;
use mcp_proto::hash::Fold;
use tokio::runtime::Handle;
use tokio::task::JoinHandle;

use crate::background::Background;
use crate::call::Ctx;
use crate::lock::Lock;

/// Calls that go on as tasks, so that they can be cancelled.
#[derive(Default)]
pub(crate) struct Running(Lock<HashMap<CallKey, RunningCall, Fold>>);

pub(super) struct RunningCall {
    pub(super) ctx: Ctx,
    pub(super) task: JoinHandle<()>,
}

impl Running {
    /// Goes on with a call as a task, which has to [`remove`](Self::remove) itself at its end.
    pub(crate) fn spawn(&self, runtime: &Handle, key: CallKey, ctx: Ctx, task: Background) {
        // Held while the task is spawned: it removes itself when it is done, and must find itself then.
        let mut calls = self.0.lock();
        let task = runtime.spawn(task);
        calls.insert(key, RunningCall { ctx, task });
    }

    /// The call is done. Whether it was the last.
    pub(crate) fn remove(&self, key: CallKey) -> bool {
        let mut calls = self.0.lock();
        calls.remove(&key);
        calls.is_empty()
    }

    /// Drops a call that the client no longer wants. What is left to send of its batch goes where the call spoke; it is
    /// given back where there is no such call.
    ///
    /// One that is not here has answered already, or is being polled where it was started; the engine drops its answer.
    pub(crate) fn cancel(&self, key: CallKey, rest: Option<Vec<u8>>) -> Option<Vec<u8>> {
        let Some(call) = self.0.lock().remove(&key) else { return rest };
        if let Some(rest) = rest {
            call.ctx.inner().caller.outlet.answer(rest);
        }
        call.cancel();
        None
    }

    /// Drops all calls.
    pub(crate) fn cancel_all(&self) {
        let calls = std::mem::take(&mut *self.0.lock());
        calls.values().for_each(RunningCall::cancel);
    }

    /// Takes all calls out, to be dropped.
    pub(super) fn take(&self) -> impl Iterator<Item = (CallKey, RunningCall)> {
        std::mem::take(&mut *self.0.lock()).into_iter()
    }

    /// Drops all calls, and waits until they are dropped.
    #[cfg(feature = "cli")]
    pub(crate) async fn end_all(&self) {
        let calls = std::mem::take(&mut *self.0.lock());
        calls.values().for_each(RunningCall::cancel);
        for call in calls.into_values() {
            // An error says that the task was cancelled.
            let _ = call.task.await;
        }
    }

    /// How many calls run.
    #[cfg(feature = "http")]
    pub(crate) fn len(&self) -> usize {
        self.0.lock().len()
    }

    /// Whether no call runs.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.lock().is_empty()
    }
}

impl RunningCall {
    pub(super) fn cancel(&self) {
        self.ctx.cancel();
        if let Some(dialogue) = self.ctx.inner().dialogue.get() {
            dialogue.cut_off(&self.ctx.scope().shared.steps);
        }
        self.task.abort();
    }
}
