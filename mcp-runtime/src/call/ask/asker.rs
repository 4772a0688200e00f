//! Asking a client that is there: a request of the server's own, and its answer.

use std::sync::{Arc, Weak};
use std::time::Duration;

use mcp_proto::engine::Token;
use mcp_proto::wire::Response;
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout_at};

use super::dialogue::Request;
use super::journal::Allowance;
use super::question::AskError;
use crate::call::session::Values;
use crate::call::{Ctx, Outlet};

/// A session that can be asked. Connections and sessions are; the stateless era has none.
pub(crate) trait Asker: Send + Sync {
    /// Sends a request where a call speaks. The answer comes to the receiver, which fails if the session ends first.
    fn ask(&self, outlet: &dyn Outlet, method: &str, params: &str) -> (Token, oneshot::Receiver<Response>);

    /// Takes a request back: nobody waits for its answer any more.
    fn withdraw(&self, outlet: &dyn Outlet, token: Token);

    /// For how long the client has been gone; `None` while it is there. A call that speaks to `outlet` waits for its answer.
    fn absent_for(&self, _outlet: &dyn Outlet) -> Option<Duration> {
        None
    }

    /// A call waits for an answer from now on, and for nothing else.
    fn begin_waiting(&self) {}

    /// The call goes on, or has ended.
    fn end_waiting(&self) {}

    /// What tells the session from all others.
    fn session_id(&self) -> String;

    /// What is kept with it.
    fn values(&self) -> &Values;
}

/// A request that is out. Dropped before the answer has come, it is taken back.
pub(super) struct Out {
    asker: Arc<dyn Asker>,
    outlet: Arc<dyn Outlet>,
    token: Option<Token>,
    answer: oneshot::Receiver<Response>,
    began: Instant,
}

impl Out {
    /// Sends a request where a call speaks. `None` where the session is over.
    pub(super) fn send(ctx: &Ctx, request: &Request) -> Option<Self> {
        let caller = &ctx.inner().caller;
        let asker = caller.asker.as_ref().and_then(Weak::upgrade)?;
        let outlet = Arc::clone(&caller.outlet);
        let (token, answer) = asker.ask(&*outlet, request.method, &request.params);
        Some(Self { asker, outlet, token: Some(token), answer, began: Instant::now() })
    }

    /// Waits for the answer, for as long as is allowed.
    ///
    /// # Errors
    /// [`AskError::Gone`] where the session ends, [`AskError::Unanswered`] where nobody answers.
    pub(super) async fn answer(mut self, allowed: Allowance) -> Result<Response, AskError> {
        let Allowance { patience, grace, .. } = allowed;
        let began = self.began;
        loop {
            let absent = self.asker.absent_for(&*self.outlet);
            if absent.is_some_and(|absent| absent >= grace) {
                return Err(AskError::Unanswered(format!("the client has been gone for {grace:?}")));
            }
            // Looked at again when a client that is gone now, or goes this moment, has been gone for long enough.
            let look = Instant::now().checked_add(grace.saturating_sub(absent.unwrap_or_default()));
            let Some(until) = [began.checked_add(patience), look].into_iter().flatten().min() else {
                // Both are for ever.
                let answer = (&mut self.answer).await;
                return self.answered(answer.ok());
            };
            match timeout_at(until, &mut self.answer).await {
                Ok(answer) => return self.answered(answer.ok()),
                Err(_) if began.elapsed() >= patience => {
                    return Err(AskError::Unanswered(format!("nobody answered within {patience:?}")));
                }
                Err(_) => {}
            }
        }
    }

    fn answered(&mut self, response: Option<Response>) -> Result<Response, AskError> {
        self.token = None;
        response.ok_or(AskError::Gone)
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        if let Some(token) = self.token {
            self.asker.withdraw(&*self.outlet, token);
        }
    }
}
