//! Asking a client that is there: a request of the server's own, and its answer.

use std::sync::{Arc, Weak};

use mcp_proto::engine::Token;
use mcp_proto::wire::Response;
use tokio::sync::oneshot;

use super::dialogue::Request;
use crate::call::session::Values;
use crate::call::{Ctx, Outlet};

/// A session that can be asked. Connections and sessions are; the stateless era has none.
pub(crate) trait Asker: Send + Sync {
    /// Sends a request where a call speaks. The answer comes to the receiver, which fails if the session ends first.
    fn ask(&self, outlet: &dyn Outlet, method: &str, params: &str) -> (Token, oneshot::Receiver<Response>);

    /// Takes a request back: nobody waits for its answer any more.
    fn withdraw(&self, outlet: &dyn Outlet, token: Token);

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
}

impl Out {
    /// Sends a request where a call speaks. `None` where the session is over.
    pub(super) fn send(ctx: &Ctx, request: &Request) -> Option<Self> {
        let caller = &ctx.inner().caller;
        let asker = caller.asker.as_ref().and_then(Weak::upgrade)?;
        let outlet = Arc::clone(&caller.outlet);
        let (token, answer) = asker.ask(&*outlet, request.method, &request.params);
        Some(Self { asker, outlet, token: Some(token), answer })
    }

    /// Waits for the answer. `None` where the session ends.
    pub(super) async fn answer(mut self) -> Option<Response> {
        let response = (&mut self.answer).await.ok();
        self.token = None;
        response
    }
}

impl Drop for Out {
    fn drop(&mut self) {
        if let Some(token) = self.token {
            self.asker.withdraw(&*self.outlet, token);
        }
    }
}
